import type { NameProblem } from '../../shared/domain/names.ts';
import type { ErrorBody } from '../../shared/errors/index.ts';

const PROBLEMS: readonly NameProblem[] = [
  'empty',
  'tooLong',
  'controlCharacter',
  'directionOverride',
  'notText',
  'taken',
];

/** The problem to show at a name field for an error of the core; null where the error is about something else. */
export function nameProblemOf(error: ErrorBody): NameProblem | null {
  if (error.code === 'input.name_taken') return 'taken';
  if (error.code !== 'input.name_invalid') return null;
  return PROBLEMS.find((problem) => problem === error.details?.problem) ?? null;
}
