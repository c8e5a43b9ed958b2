import { clsx } from 'clsx';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { CredentialKind } from '../../../shared/domain/index.ts';
import { checkName, type NameProblem } from '../../../shared/domain/names.ts';
import type { ErrorBody } from '../../../shared/errors/index.ts';
import { useServices } from '../../app/services.tsx';
import { Button } from '../../ui/button.tsx';
import { DialogBody, DialogFoot, StepHeading } from '../../ui/dialog.tsx';
import { NameField } from '../../ui/name-field.tsx';
import { nameProblemOf } from '../../ui/name-problem.ts';
import { useSecurityKeys } from '../security-keys/use-security-keys.ts';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import { HelpLink } from '../troubleshooting/help-link.tsx';
import { suggestNames } from './name-suggestions.ts';
import css from './wizard-view.module.css';

/** Step 2: what it is called. */
export function NameStep({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { wizard } = useServices();
  const state = useStore(wizard.store);
  const form = useId();
  const field = useRef<HTMLInputElement>(null);
  const { name } = state;
  const [own, setOwn] = useState<NameProblem | null>(null);
  /** The name that the core has refused; its message goes when another one is typed. */
  const [sent, setSent] = useState<string | null>(null);
  const refused: ErrorBody | null = sent === name ? state.error : null;
  const suggestions = useSuggestions(state.kind);

  function submit(event: FormEvent) {
    event.preventDefault();
    const checked = checkName(name);
    setOwn(checked.ok ? null : checked.problem);
    if (!checked.ok) return;
    setSent(checked.name);
    void wizard.submitName(name);
  }

  const refusedName = refused === null ? null : nameProblemOf(refused);
  const problem = own ?? refusedName;
  useEffect(() => {
    if (problem !== null) field.current?.focus();
  }, [problem]);

  // One comes here to type a name; which step it is, is read out as a status.
  useEffect(() => field.current?.focus(), []);

  return (
    <>
      <DialogBody tall>
        <div className={css.intro}>
          <StepHeading>{t('naming.title')}</StepHeading>
          <p>{t('naming.lead')}</p>
        </div>
        <form id={form} onSubmit={submit} noValidate>
          <NameField
            label={t('naming.label')}
            value={name}
            onChange={(value) => {
              wizard.typeName(value);
              setOwn(null);
            }}
            problem={problem}
            ref={field}
            counted
          />
        </form>
        <fieldset className={css.chips} aria-label={t('naming.suggestions')}>
          {suggestions.map((suggestion) => (
            <AriaButton
              key={suggestion}
              className={clsx(css.chip)}
              onPress={() => {
                wizard.typeName(suggestion);
                setOwn(null);
              }}
            >
              {suggestion}
            </AriaButton>
          ))}
        </fieldset>
        {refused !== null && refusedName === null && <ErrorNotice error={refused} />}
      </DialogBody>
      <DialogFoot
        start={
          <>
            <Button variant="ghost" isDisabled={state.busy} onPress={() => wizard.back()}>
              {t('common.back')}
            </Button>
            <HelpLink topic="prompt" />
          </>
        }
      >
        <Button isDisabled={state.busy} onPress={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" form={form} variant="primary" isDisabled={state.busy}>
          {t('common.continue')}
        </Button>
      </DialogFoot>
    </>
  );
}

function useSuggestions(kind: CredentialKind | null): readonly string[] {
  const { t } = useTranslation();
  const seen = useSecurityKeys(kind === 'securityKey');
  const only = seen?.devices.length === 1 ? seen.devices[0] : undefined;
  if (only?.transport === 'simulator') return t('naming.suggest.simulator', { returnObjects: true });
  if (only !== undefined) {
    const names = suggestNames(only.name, (device) =>
      t('naming.suggest.device', { returnObjects: true, device }),
    );
    if (names.length > 0) return names;
  }
  if (kind === 'platform' && navigator.userAgent.includes('Mac')) {
    return t('naming.suggest.platformMac', { returnObjects: true });
  }
  return t(`naming.suggest.${kind ?? 'software'}`, { returnObjects: true });
}
