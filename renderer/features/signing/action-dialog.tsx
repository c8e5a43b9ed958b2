import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ActionRequest } from '../../../shared/contract/index.ts';
import type { Credential } from '../../../shared/domain/index.ts';
import { useServices } from '../../app/services.tsx';
import { DialogBody, DialogHead, ModalShell } from '../../ui/dialog.tsx';
import css from './action-dialog.module.css';
import { type ActionFlow, createActionFlow } from './action-flow.ts';
import { SignBody, SignFoot } from './sign-panel.tsx';

/**
 * The flow of one signed action, for the life of a dialog: what runs is cancelled when the dialog goes away.
 * @param request read when the flow begins; of the first render, so what changes later must be read through a ref
 * @param onDone of the first render too
 */
export function useActionFlow(
  request: () => ActionRequest,
  onDone: (credential: Credential | null) => void,
): ActionFlow {
  const { bridge } = useServices();
  const [flow] = useState(() => createActionFlow(bridge, request, onDone));
  useEffect(() => () => void flow.cancel(), [flow]);
  return flow;
}

type Props = {
  flow: ActionFlow;
  title: string;
  /** What the change does, under the title. */
  lead: string;
  /** "Sign and rename" and the like. */
  action: string;
  onClose: () => void;
  /** Back to what was asked for before. */
  onBack?: (() => void) | null;
  /** Of the credential that is changed. */
  fingerprint?: string | null;
  consequence?: ReactNode;
  /** Takes the place of the signing, as long as something has to be asked for before it. */
  before?: ReactNode;
};

/** A change that must be signed: what it is, and by whom. */
export function ActionDialog({
  flow,
  title,
  lead,
  action,
  onClose,
  onBack = null,
  fingerprint = null,
  consequence = null,
  before = null,
}: Props) {
  const { t } = useTranslation();
  return (
    <ModalShell high onClose={onClose}>
      <DialogHead title={title} closeLabel={t('common.close')} onClose={onClose}>
        <p className={css.lead}>{lead}</p>
      </DialogHead>
      {before ?? (
        <>
          <DialogBody>
            <SignBody flow={flow} fingerprint={fingerprint} consequence={consequence} />
          </DialogBody>
          <SignFoot flow={flow} action={action} onClose={onClose} onBack={onBack} />
        </>
      )}
    </ModalShell>
  );
}
