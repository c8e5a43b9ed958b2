type Environment = Readonly<Record<string, string | undefined>>;

export type MissingThing = {
  /** Debian package; null where none would help. */
  name: string | null;
  what: string;
  purpose: string;
  optional: boolean;
};

export function findChromium(
  env: Environment,
  platform: string,
  exists: (path: string) => boolean,
): string | undefined;
export function missingThings(machine: {
  platform: string;
  arch: string;
  env: Environment;
  exists: (path: string) => boolean;
  tests: boolean;
  electron: boolean;
}): MissingThing[];
export function isDebianLike(osRelease: string): boolean;
export function installCommand(names: readonly string[], asRoot: boolean): string;
