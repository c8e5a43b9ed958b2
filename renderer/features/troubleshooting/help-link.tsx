import LifeBuoy from 'lucide-react/icons/life-buoy';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { part } from '../../app/part.tsx';
import { Button } from '../../ui/button.tsx';
import type { Topic } from './topics.ts';

const TroubleshootingDialog = part(() => import('./troubleshooting-dialog.tsx'));

type Props = {
  topic: Topic;
  /** Text of the button; "Troubleshooting" unless given. */
  text?: string;
  /** From the error that led here. */
  triesLeft?: number | null;
  plain?: boolean;
};

/** A button that opens the troubleshooting drawer at a topic. */
export function HelpLink({ topic, text, triesLeft = null, plain = false }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant={plain ? 'secondary' : 'ghost'}
        icon={<LifeBuoy aria-hidden="true" />}
        onPress={() => setOpen(true)}
      >
        {text ?? t('help.open')}
      </Button>
      {open && <TroubleshootingDialog topic={topic} triesLeft={triesLeft} onClose={() => setOpen(false)} />}
    </>
  );
}
