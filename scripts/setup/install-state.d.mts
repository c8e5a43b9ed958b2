export function lockHash(lockText: string): string;
export function installState(texts: {
  lock: string;
  stamp: string | undefined;
  installed: string | undefined;
}): 'ready' | 'adopt' | 'install';
export function stampText(lockText: string, more?: Record<string, unknown>): string;
export function explainNpmFailure(output: string): string;
export function readJson(text: string | undefined): Record<string, unknown> | undefined;
