import RotateCw from 'lucide-react/icons/rotate-cw';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import css from './screen.module.css';
import { Stage } from './stage.tsx';

type Props = { title: string; children: ReactNode; button: string; onButton: () => void };

/** A full-screen state with one thing to do. */
export function FullScreen({ title, children, button, onButton }: Props) {
  return (
    <Stage>
      <div role="alert" className={css.words}>
        <h1>{title}</h1>
        <div className={css.text}>{children}</div>
      </div>
      <div>
        <Button variant="primary" icon={<RotateCw aria-hidden="true" />} onPress={onButton}>
          {button}
        </Button>
      </div>
    </Stage>
  );
}
