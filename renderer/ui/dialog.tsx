import { clsx } from 'clsx';
import X from 'lucide-react/icons/x';
import { type ReactNode, useEffect, useRef } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { IconButton } from './button.tsx';
import css from './dialog.module.css';

type ShellProps = {
  onClose: () => void;
  /** Accessible name, where no heading of the dialog gives it. */
  label?: string;
  size?: 'small' | 'medium' | 'large';
  side?: boolean;
  /** Hangs from the top, so that its header stays where it is when its height changes. */
  high?: boolean;
  role?: 'dialog' | 'alertdialog';
  children: ReactNode;
};

/** A modal window in the middle, or a drawer at the side. Escape asks to close; a click outside does not. */
export function ModalShell({
  onClose,
  label,
  size = 'medium',
  side = false,
  high = false,
  role = 'dialog',
  children,
}: ShellProps) {
  return (
    <ModalOverlay
      isOpen
      isDismissable={side}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className={clsx(css.veil, side && css.side, high && css.high)}
    >
      <Modal className={clsx(css.modal, side ? css.drawer : css[size])}>
        <Dialog
          role={role}
          {...(label === undefined ? {} : { 'aria-label': label })}
          className={clsx(css.dialog)}
        >
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Header of a dialog: its heading (which names it) and the close button. */
export function DialogHead({
  title,
  closeLabel,
  onClose,
  children,
}: {
  title: ReactNode;
  closeLabel: string;
  onClose: () => void;
  children?: ReactNode;
}) {
  return (
    <header className={css.head}>
      <div className={css.headWords}>
        <Heading slot="title" level={2}>
          {title}
        </Heading>
        {children}
      </div>
      <IconButton label={closeLabel} icon={<X aria-hidden="true" />} onPress={onClose} />
    </header>
  );
}

/** The part between header and footer; scrolls when it is too long. `tall`: steps of one flow are equally high. */
export function DialogBody({ children, tall = false }: { children: ReactNode; tall?: boolean }) {
  return <div className={clsx(css.body, tall && css.tall)}>{children}</div>;
}

/** Footer: help on the left, buttons on the right. */
export function DialogFoot({ start, children }: { start?: ReactNode; children: ReactNode }) {
  return (
    <footer className={css.foot}>
      <div className={css.footStart}>{start}</div>
      <div className={css.footEnd}>{children}</div>
    </footer>
  );
}

/** A heading that takes the focus when it appears, so that a new step is read out. */
export function StepHeading({ children, level = 2 }: { children: ReactNode; level?: 1 | 2 }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  const Tag = level === 1 ? 'h1' : 'h2';
  return (
    <Tag ref={heading} tabIndex={-1}>
      {children}
    </Tag>
  );
}
