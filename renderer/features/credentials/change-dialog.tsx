import { type FormEvent, useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Credential } from '../../../shared/domain/index.ts';
import { checkName, type NameProblem } from '../../../shared/domain/names.ts';
import { useServices } from '../../app/services.tsx';
import { say } from '../../app/toast-store.ts';
import { Button } from '../../ui/button.tsx';
import { DialogBody, DialogFoot, DialogHead, ModalShell } from '../../ui/dialog.tsx';
import { NameField } from '../../ui/name-field.tsx';
import { nameProblemOf } from '../../ui/name-problem.ts';
import { createActionFlow } from '../signing/action-flow.ts';
import { SignBody, SignFoot } from '../signing/sign-panel.tsx';
import { type Change, renameRequest, stateRequest } from './change.ts';
import css from './change-dialog.module.css';

type Props = { change: Change; onClose: () => void };

/** A change to one credential: for a rename first the new name, then what is signed, and by whom. */
export default function ChangeDialog({ change, onClose }: Props) {
  const { credential } = change;
  const { bridge } = useServices();
  const [name, setName] = useState<string | null>(null);
  const words = useChangeWords(change);
  const [flow] = useState(() => {
    // The name of this render would be an old one by the time the request is made.
    const wanted = { name: '' };
    const made = createActionFlow(
      bridge,
      () =>
        change.what === 'state'
          ? stateRequest(credential.id, change.state)
          : renameRequest(credential.id, wanted.name),
      (result) => {
        say(words.done(result));
        onClose();
      },
    );
    return { ...made, wanted };
  });
  const state = useStore(flow.store);
  // A name that the core refuses is corrected where it was typed.
  const refused = state.stage === 'failed' ? nameProblemOf(state.error) : null;
  const naming = change.what === 'rename' && (name === null || refused !== null);

  useEffect(() => {
    if (change.what === 'state') void flow.begin();
    return () => void flow.cancel();
  }, [change, flow]);

  function close() {
    void flow.cancel();
    onClose();
  }

  function signName(next: string) {
    flow.wanted.name = next;
    setName(next);
    void flow.begin();
  }

  return (
    <ModalShell high onClose={close}>
      <DialogHead title={words.title} closeLabel={words.close} onClose={close}>
        <p className={css.lead}>{words.lead}</p>
      </DialogHead>
      {naming ? (
        <NewName
          before={credential.name}
          typed={flow.wanted.name}
          refused={refused}
          onName={signName}
          onClose={close}
        />
      ) : (
        <>
          <DialogBody>
            <SignBody flow={flow} fingerprint={credential.fingerprint} />
          </DialogBody>
          <SignFoot
            flow={flow}
            action={words.sign}
            onClose={close}
            onBack={change.what === 'rename' ? () => setName(null) : null}
          />
        </>
      )}
    </ModalShell>
  );
}

type NewNameProps = {
  before: string;
  /** What was typed last, and what the core had against it. */
  typed: string;
  refused: NameProblem | null;
  onName: (name: string) => void;
  onClose: () => void;
};

function NewName({ before, typed, refused, onName, onClose }: NewNameProps) {
  const { t } = useTranslation();
  const form = useId();
  const [name, setName] = useState(typed || before);
  const [problem, setProblem] = useState<NameProblem | null>(refused);
  const checked = checkName(name);
  const same = checked.ok && checked.name === before;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!checked.ok) setProblem(checked.problem);
    else if (!same) onName(checked.name);
  }

  return (
    <>
      <DialogBody>
        <form id={form} onSubmit={submit} noValidate>
          <NameField
            label={t('change.newName')}
            value={name}
            onChange={(value) => {
              setName(value);
              setProblem(null);
            }}
            problem={problem}
            {...(same ? { description: t('change.sameName') } : {})}
            counted
            autoFocus
          />
        </form>
      </DialogBody>
      <DialogFoot>
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" form={form} variant="primary" isDisabled={same}>
          {t('common.continue')}
        </Button>
      </DialogFoot>
    </>
  );
}

type Words = {
  title: string;
  lead: string;
  sign: string;
  close: string;
  done: (result: Credential) => string;
};

function useChangeWords(change: Change): Words {
  const { t } = useTranslation();
  const { name } = change.credential;
  const close = t('common.close');
  if (change.what === 'rename') {
    return {
      title: t('change.renameTitle', { name }),
      lead: t('change.renameLead'),
      sign: t('change.signRename'),
      close,
      done: (result) => t('change.doneRename', { name: result.name }),
    };
  }
  return change.state === 'active'
    ? {
        title: t('change.activateTitle', { name }),
        lead: t('change.activateLead'),
        sign: t('change.signActivate'),
        close,
        done: () => t('change.doneActivate', { name }),
      }
    : {
        title: t('change.deactivateTitle', { name }),
        lead: t('change.deactivateLead'),
        sign: t('change.signDeactivate'),
        close,
        done: () => t('change.doneDeactivate', { name }),
      };
}
