import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { checkName, type NameProblem } from '../../../shared/domain/names.ts';
import { useServices } from '../../app/services.tsx';
import { Stage } from '../../app/stage.tsx';
import { Button } from '../../ui/button.tsx';
import { NameField } from '../../ui/name-field.tsx';
import css from './welcome-page.module.css';

function problemOf(raw: string): NameProblem | null {
  const checked = checkName(raw);
  return checked.ok ? null : checked.problem;
}

/** The first screen of all: who you are, and what the workspace is called. */
export default function WelcomePage() {
  const { t } = useTranslation();
  const { wizard } = useServices();
  const [, navigate] = useLocation();
  const before = wizard.store.getState().setup;
  const [person, setPerson] = useState(before?.person ?? '');
  const [workspace, setWorkspace] = useState(before?.workspace ?? '');
  const personField = useRef<HTMLInputElement>(null);
  const workspaceField = useRef<HTMLInputElement>(null);
  const [submitted, setSubmitted] = useState(false);

  function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    const who = checkName(person);
    const what = checkName(workspace);
    if (!who.ok || !what.ok) {
      (who.ok ? workspaceField : personField).current?.focus();
      return;
    }
    void wizard.open({ person: who.name, workspace: what.name });
    navigate('/create');
  }

  return (
    <Stage>
      <div className={css.intro}>
        <h1>{t('welcome.title')}</h1>
        <p>{t('welcome.lead')}</p>
      </div>
      <form onSubmit={submit} noValidate className={css.form}>
        <NameField
          label={t('welcome.person')}
          ref={personField}
          value={person}
          onChange={setPerson}
          problem={submitted ? problemOf(person) : null}
          description={t('welcome.personHint')}
        />
        <NameField
          label={t('welcome.workspace')}
          ref={workspaceField}
          value={workspace}
          onChange={setWorkspace}
          problem={submitted ? problemOf(workspace) : null}
          description={t('welcome.workspaceHint')}
        />
        <div>
          <Button type="submit" variant="primary">
            {t('welcome.start')}
          </Button>
        </div>
      </form>
    </Stage>
  );
}
