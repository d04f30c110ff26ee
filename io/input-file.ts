import { open, stat, type FileHandle } from 'node:fs/promises';
import { EdmeshError } from '../edm/index.ts';

const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'it is not a folder',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
};

/** What the operating system said, in words. */
function systemReason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return systemReasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
}

/** The error of a file or folder that cannot be opened. */
export function openError(file: string, reason: unknown): EdmeshError {
  const text = typeof reason === 'string' ? reason : systemReason(reason);
  const fields = { file, reason: text };
  if (typeof reason === 'string') {
    return new EdmeshError('EDMESH_FILE_OPEN', `${file}: ${text}`, { fields });
  }
  return new EdmeshError('EDMESH_FILE_OPEN', `${file}: ${text}`, { fields, cause: reason });
}

/** The error of a file that is not what it should be; `at` says where, as `byte 12` or `line 3`. */
export function readError(file: string, at: string, reason: unknown): EdmeshError {
  const text = typeof reason === 'string' ? reason : systemReason(reason);
  const place = at === '' ? file : `${file}, ${at}`;
  const fields = { file, at, reason: text };
  const cause = typeof reason === 'string' ? {} : { cause: reason };
  return new EdmeshError('EDMESH_FILE_READ', `${place}: ${text}`, { fields, ...cause });
}

/** An open input file of known size. Whoever opens it closes it. */
export class InputFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  /** Opens a file for reading. Throws `EDMESH_FILE_OPEN`. */
  static async open(path: string): Promise<InputFile> {
    try {
      // Opening something else, such as a pipe, could wait for ever.
      if ((await stat(path)).isFile()) {
        const handle = await open(path, 'r');
        return new InputFile(path, (await handle.stat()).size, handle);
      }
    } catch (cause) {
      throw openError(path, cause);
    }
    throw openError(path, 'it is not a file');
  }

  /** The descriptor, for reads that cannot wait. */
  get descriptor(): number {
    return this.#handle.fd;
  }

  /** Fills `target` from an offset and returns how many bytes there were; fewer at the end of the file. */
  async read(target: Uint8Array, offset: number): Promise<number> {
    let filled = 0;
    try {
      while (filled < target.byteLength) {
        const length = target.byteLength - filled;
        const { bytesRead } = await this.#handle.read(target, filled, length, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    } catch (cause) {
      throw readError(this.path, `byte ${String(offset + filled)}`, cause);
    }
    return filled;
  }

  /** The whole file. Throws `EDMESH_FILE_READ`, also where it does not fit into memory. */
  readAll(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#whole((bytes) => new ArrayBuffer(bytes));
  }

  /** The whole file in shared memory. Throws as {@link readAll} does. */
  readShared(): Promise<Uint8Array<SharedArrayBuffer>> {
    return this.#whole((bytes) => new SharedArrayBuffer(bytes));
  }

  async #whole<B extends ArrayBufferLike>(allocate: (bytes: number) => B): Promise<Uint8Array<B>> {
    let bytes: Uint8Array<B>;
    try {
      bytes = new Uint8Array(allocate(this.size));
    } catch (cause) {
      throw readError(this.path, '', cause);
    }
    const filled = await this.read(bytes, 0);
    return bytes.subarray(0, filled);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
