import CircleCheck from 'lucide-react/icons/circle-check';
import Lock from 'lucide-react/icons/lock';
import Unplug from 'lucide-react/icons/unplug';
import { useTranslation } from 'react-i18next';
import type { SecurityKeyDevice, SecurityKeysSeen } from '../../../shared/contract/index.ts';
import { Tag } from '../../ui/tag.tsx';
import css from './keys-seen.module.css';
import { SimulatedTag } from './simulated-tag.tsx';

/**
 * The keys that are plugged in now, a line each, for the card of the place "USB security key". The room of one line
 * is kept, so that the first key that comes moves nothing. No list element: it stands inside of a label.
 */
export function KeysSeen({ seen }: { seen: SecurityKeysSeen | null }) {
  const { t } = useTranslation();
  return (
    <span className={css.keys}>
      {seen?.devices.map((device) => (
        <KeyLine key={device.id} device={device} />
      ))}
      {seen?.devices.length === 0 && (
        <span className={css.line}>
          <Unplug aria-hidden="true" className={css.none} />
          <span className={css.muted}>{t('keys.none')}</span>
        </span>
      )}
    </span>
  );
}

function KeyLine({ device: { name, serial, transport, problem } }: { device: SecurityKeyDevice }) {
  const { t } = useTranslation();
  return (
    <span className={css.line}>
      <span className={css.name}>
        <bdi>{name}</bdi>
        {serial !== null && <span className={css.serial}> {t('keys.serial', { serial })}</span>}
      </span>
      {transport === 'simulator' && <SimulatedTag />}
      {problem === null && transport === 'usb' && (
        <Tag tone="ok" icon={<CircleCheck aria-hidden="true" />}>
          {t('keys.ready')}
        </Tag>
      )}
      {problem !== null && (
        <Tag tone="warn" icon={<Lock aria-hidden="true" />}>
          {t(`keys.problem.${problem}`)}
        </Tag>
      )}
    </span>
  );
}

/** Says aloud what is plugged in, whenever that changes. */
export function KeysStatus({ seen }: { seen: SecurityKeysSeen | null }) {
  const { t } = useTranslation();
  const names = seen?.devices.map(({ name }) => name) ?? [];
  return (
    <p role="status" className="visually-hidden">
      {seen !== null && (names.length === 0 ? t('keys.nothing') : t('keys.now', { names: names.join(', ') }))}
    </p>
  );
}
