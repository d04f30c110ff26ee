import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder outside the repository for the files of one test file; removed when its tests are over. */
export function scratchFolder(): {
  readonly path: string;
  /** Writes a file below it and returns its path. */
  write(name: string, text: string): string;
} {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'edmesh-test-'));
  afterAll(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
  };
}
