import { useTranslation } from 'react-i18next';
import type { Signer } from '../../../shared/domain/index.ts';
import { type Choice, ChoiceCards } from '../../ui/choice-cards.tsx';
import { KindIcon } from '../../ui/kind-icon.tsx';
import { Ago } from '../../ui/moment.tsx';
import { Notice } from '../../ui/notice.tsx';

type Props = {
  signers: Signer[];
  signerId: string | null;
  onChoose: (id: string) => void;
  /** The credential that is being created: shown, but it cannot sign for itself. */
  self?: { name: string; kind: Signer['kind']; model: string } | null;
};

/** The credentials that may sign, as radio cards; the others are shown with the reason why not. */
export function SignerChoice({ signers, signerId, onChoose, self = null }: Props) {
  const { t } = useTranslation();
  const choices: Choice[] = signers.map((signer) => ({
    value: signer.id,
    icon: <KindIcon kind={signer.kind} />,
    title: signer.name,
    detail: signer.model,
    blocked: signer.unavailable === null ? null : t(`sign.unavailable.${signer.unavailable}`),
    aside: signer.lastUsedAt === null ? t('sign.unused') : <Ago at={signer.lastUsedAt} />,
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
    <>
      {!usable && (
        <Notice tone="warn" role="alert" title={t('sign.noSigner')}>
          {t('sign.noSignerText')}
        </Notice>
      )}
      <ChoiceCards label={t('sign.signers')} choices={choices} value={signerId} onChange={onChoose} />
    </>
  );
}
