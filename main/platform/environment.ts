import { isAbsolute, resolve } from 'node:path';
import envPaths from 'env-paths';
import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';

const Environment = z.object({
  KEYWRIGHT_DATA: z.string().trim().min(1).optional(),
  KEYWRIGHT_LOG: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
});

/** The settings that come from outside. */
export type Settings = {
  /** Absolute path of the data folder. */
  dataFolder: string;
  logLevel: z.infer<typeof Environment>['KEYWRIGHT_LOG'];
};

/**
 * Reads Keywright's environment variables. `KEYWRIGHT_DATA` names the data folder (a relative path counts
 * from the working folder), else it is the platform's usual place for application data.
 * @throws KeywrightError `input.invalid` naming the variable that cannot be understood
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const variable = parsed.error.issues[0]?.path.join('.') ?? 'environment';
    throw new KeywrightError('input.invalid', {
      message: `The environment variable ${variable} has a value that Keywright does not know.`,
      details: { field: variable },
    });
  }
  const wanted = parsed.data.KEYWRIGHT_DATA;
  const folder = wanted ?? envPaths('keywright', { suffix: '' }).data;
  return { dataFolder: isAbsolute(folder) ? folder : resolve(folder), logLevel: parsed.data.KEYWRIGHT_LOG };
}
