import { clsx } from 'clsx';
import Info from 'lucide-react/icons/info';
import { Button, Tooltip, TooltipTrigger } from 'react-aria-components';
import css from './tip.module.css';

/** A small "why?" that can be focused; its text is also its accessible name. */
export function Tip({ text }: { text: string }) {
  return (
    <TooltipTrigger delay={150} closeDelay={100}>
      <Button aria-label={text} className={clsx(css.why)}>
        <Info aria-hidden="true" />
      </Button>
      <Tooltip offset={4} className={clsx(css.tip)}>
        {text}
      </Tooltip>
    </TooltipTrigger>
  );
}
