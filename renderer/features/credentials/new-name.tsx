import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { checkName, type NameProblem } from '../../../shared/domain/names.ts';
import { Button } from '../../ui/button.tsx';
import { DialogBody, DialogFoot } from '../../ui/dialog.tsx';
import { NameField } from '../../ui/name-field.tsx';

type Props = {
  before: string;
  /** What was typed last, and what the core had against it. */
  typed: string;
  refused: NameProblem | null;
  onName: (name: string) => void;
  onClose: () => void;
};

/** The new name of a credential: middle and footer of the dialog that renames it. */
export function NewName({ before, typed, refused, onName, onClose }: Props) {
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
