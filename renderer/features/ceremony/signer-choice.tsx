import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Signer } from '../../../shared/domain/index.ts';
import { type Choice, ChoiceCards } from '../../ui/choice-cards.tsx';
import { KindIcon } from '../../ui/kind-icon.tsx';
import { Ago } from '../../ui/moment.tsx';
import { Notice } from '../../ui/notice.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './signer-choice.module.css';
import { orderSigners, shownSigners } from './signers.ts';

/** From this many on there is a field to search them. */
const MANY = 8;

type Props = {
  signers: Signer[];
  signerId: string | null;
  onChoose: (id: string) => void;
  /** The credential that is being created: shown, but it cannot sign for itself. */
  self?: { name: string; kind: Signer['kind']; model: string } | null;
  /** Right of the heading. */
  aside?: ReactNode;
};

/** The credentials that may sign, as radio cards; the others come last, with the reason why not. */
export function SignerChoice({ signers, signerId, onChoose, self = null, aside }: Props) {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const shown = shownSigners(orderSigners(signers), query, signerId);
  const choices: Choice[] = shown.map((signer) => ({
    value: signer.id,
    icon: <KindIcon kind={signer.kind} />,
    title: signer.name,
    detail: signer.model,
    blocked: signer.unavailable === null ? null : t(`sign.unavailable.${signer.unavailable}`),
    aside: signer.lastUsedAt === null ? t('sign.unused') : <Used at={signer.lastUsedAt} />,
  }));
  if (self !== null) {
    choices.push({
      value: 'self',
      icon: <KindIcon kind={self.kind} />,
      title: self.name,
      detail: self.model,
      blocked: t('sign.unavailable.self'),
    });
  }
  const usable = signers.some((signer) => signer.unavailable === null);
  return (
    <div className={css.choice}>
      <div className={css.head}>
        <p className={css.title}>{t('sign.signers')}</p>
        {aside}
      </div>
      {!usable && (
        <Notice tone="warn" role="alert" title={t('sign.noSigner')}>
          {t('sign.noSignerText')}
        </Notice>
      )}
      {signers.length > MANY && (
        <TextField
          label={t('sign.find')}
          value={query}
          onChange={setQuery}
          error={null}
          autoComplete="off"
          description={
            shown.length < signers.length && t('sign.more', { shown: shown.length, all: signers.length })
          }
        />
      )}
      <ChoiceCards label={t('sign.signers')} choices={choices} value={signerId} onChange={onChoose} />
    </div>
  );
}

function Used({ at }: { at: number }) {
  const { t } = useTranslation();
  const [before = '', after = ''] = t('sign.used', { when: '\n' }).split('\n');
  return (
    <>
      {before}
      <Ago at={at} inline />
      {after}
    </>
  );
}
