import { closeSync, openSync, writeSync } from 'node:fs';

const MODE = { folder: 0o040755, program: 0o100755, file: 0o100644 } as const;

/** Writes a cpio archive in the "newc" form, as the kernel takes it for its first root file system. */
export class Archive {
  readonly #file: number;
  readonly #folders = new Set<string>();
  #inode = 1;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  /** Adds an empty folder, and those above it. */
  addFolder(path: string): void {
    const parts = path.split('/');
    for (let count = 1; count <= parts.length; count += 1) {
      const folder = parts.slice(0, count).join('/');
      if (folder === '' || this.#folders.has(folder)) continue;
      this.#folders.add(folder);
      this.#write(folder, MODE.folder, Buffer.alloc(0));
    }
  }

  /** Adds a file, and the folders above it. @param path without a leading slash */
  addFile(path: string, content: Buffer, kind: 'program' | 'file' = 'file'): void {
    this.addFolder(path.split('/').slice(0, -1).join('/'));
    this.#write(path, MODE[kind], content);
  }

  /** Ends the archive. */
  close(): void {
    this.#write('TRAILER!!!', 0, Buffer.alloc(0));
    closeSync(this.#file);
  }

  #write(path: string, mode: number, content: Buffer): void {
    const name = Buffer.from(`${path}\0`);
    const fields = [this.#inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
    this.#inode += 1;
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
    for (const part of [padded(Buffer.concat([Buffer.from(header), name])), padded(content)]) {
      for (let at = 0; at < part.length; ) at += writeSync(this.#file, part, at);
    }
  }
}

function padded(bytes: Buffer): Buffer {
  const rest = (4 - (bytes.length % 4)) % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(rest)]);
}
