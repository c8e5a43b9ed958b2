import { clsx } from 'clsx';
import Info from 'lucide-react/icons/info';
import { Button, Tooltip, TooltipTrigger } from 'react-aria-components';
import css from './tip.module.css';

/** A small "why?" that can be focused; its text is also its accessible name. */
export function Tip({ text }: { text: string }) {
  const main = document.querySelector('main');
  return (
    <TooltipTrigger delay={150} closeDelay={100}>
      <Button aria-label={text} className={clsx(css.why)}>
        <Info aria-hidden="true" />
      </Button>
      {/* Inside the page's main part, so that no text of the page lies outside of a landmark. */}
      <Tooltip
        offset={4}
        className={clsx(css.tip)}
        {...(main === null ? {} : { UNSTABLE_portalContainer: main })}
      >
        {text}
      </Tooltip>
    </TooltipTrigger>
  );
}
