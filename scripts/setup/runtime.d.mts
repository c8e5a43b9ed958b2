export function nodeBinary(root: string, platform: string): string;
export function electronBinary(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): string | undefined;
export function readText(path: string): string | undefined;
