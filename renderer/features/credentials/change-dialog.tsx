import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { say } from '../../app/toast-store.ts';
import { nameProblemOf } from '../../ui/name-problem.ts';
import { ActionDialog, useActionFlow } from '../signing/action-dialog.tsx';
import { type Change, renameRequest, stateRequest } from './change.ts';
import { NewName } from './new-name.tsx';

type Props = { change: Change; onClose: () => void };

/** A change to one credential: for a rename first the new name, then what is signed, and by whom. */
export default function ChangeDialog({ change, onClose }: Props) {
  const { credential } = change;
  const [name, setName] = useState<string | null>(null);
  const words = useChangeWords(change);
  /** The name to ask for; that of the first render would be an old one by the time the request is made. */
  const wanted = useRef('');
  const flow = useActionFlow(
    () =>
      change.what === 'state'
        ? stateRequest(credential.id, change.state)
        : renameRequest(credential.id, wanted.current),
    (result) => {
      say(words.done(result?.name ?? credential.name));
      onClose();
    },
  );
  const state = useStore(flow.store);
  // A name that the core refuses is corrected where it was typed.
  const refused = state.stage === 'failed' ? nameProblemOf(state.error) : null;
  const naming = change.what === 'rename' && (name === null || refused !== null);

  useEffect(() => {
    if (change.what === 'state') void flow.begin();
  }, [change, flow]);

  function signName(next: string) {
    wanted.current = next;
    setName(next);
    void flow.begin();
  }

  return (
    <ActionDialog
      flow={flow}
      title={words.title}
      lead={words.lead}
      action={words.sign}
      fingerprint={credential.fingerprint}
      onClose={onClose}
      onBack={change.what === 'rename' ? () => setName(null) : null}
      before={
        naming ? (
          <NewName
            before={credential.name}
            typed={wanted.current}
            refused={refused}
            onName={signName}
            onClose={onClose}
          />
        ) : null
      }
    />
  );
}

type Words = {
  title: string;
  lead: string;
  sign: string;
  /** With the name that the credential has now. */
  done: (name: string) => string;
};

function useChangeWords(change: Change): Words {
  const { t } = useTranslation();
  const { name } = change.credential;
  if (change.what === 'rename') {
    return {
      title: t('change.renameTitle', { name }),
      lead: t('change.renameLead'),
      sign: t('change.signRename'),
      done: (renamed) => t('change.doneRename', { name: renamed }),
    };
  }
  return change.state === 'active'
    ? {
        title: t('change.activateTitle', { name }),
        lead: t('change.activateLead'),
        sign: t('change.signActivate'),
        done: () => t('change.doneActivate', { name }),
      }
    : {
        title: t('change.deactivateTitle', { name }),
        lead: t('change.deactivateLead'),
        sign: t('change.signDeactivate'),
        done: () => t('change.doneDeactivate', { name }),
      };
}
