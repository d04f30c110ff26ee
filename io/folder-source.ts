import { z } from 'zod';
import {
  defineSource,
  EdmeshError,
  type IndexedReader,
  type MutableEventId,
  type SourceContext,
  type SourceEvent,
} from '../edm/index.ts';
import { listFolder, type FolderFile } from './folder-of-files.ts';
import { InputFile } from './input-file.ts';

/** What a type of folder source is declared with. */
export interface FolderSourceDeclaration<T> {
  /** Name of the source type: letters and digits. */
  readonly type: string;
  readonly description: string;
  /** How the names of the files end, such as `.json`. */
  readonly suffix: string;
  /**
   * Decodes one file. Called once a file where the folder is preloaded, so the result should be compact. What it throws
   * makes a corrupt event of the file; an `EdmeshError` should name the field.
   */
  decode(bytes: Uint8Array, file: string): T;
  /** Declares the products, and returns what puts those of a decoded file into an event. */
  construct(context: SourceContext): (event: SourceEvent, decoded: T) => void;
}

const parameters = z.object({
  folder: z.string().min(1).describe('the folder with one file an event'),
  preload: z
    .boolean()
    .default(false)
    .describe('read and decode all files at the beginning of the job'),
  run: z.int().min(0).max(0xffff_ffff).default(1).describe('run of all events'),
  lumi: z.int().min(0).max(0xffff_ffff).default(1).describe('luminosity block of all events'),
  events: z.int().min(-1).default(-1).describe('events to read, the first ones; -1: all'),
});

/**
 * Declares a type of source that reads a folder of one file an event, in numerical order of their names. The event number
 * is the number in the name, or the position where names have none. A file that cannot be decoded fails its event with
 * `EDMESH_EVENT_CORRUPT`; a missing or empty folder is `EDMESH_FILE_OPEN`.
 */
export function defineFolderSource<T>(declaration: FolderSourceDeclaration<T>) {
  const { type, description, suffix } = declaration;
  return defineSource({
    type,
    description,
    parameters,
    construct(context, { folder, preload, run, lumi, events }) {
      const put = declaration.construct(context);
      const load = async (file: FolderFile): Promise<() => T> => {
        const bytes = await readWhole(file.path);
        return () => decoded(file.path, () => declaration.decode(bytes, file.path));
      };
      return {
        async open(): Promise<IndexedReader> {
          const all = await listFolder(folder, suffix);
          const files = events === -1 ? all : all.slice(0, events);
          const ready = preload ? await preloaded(files, load) : undefined;
          const at = (index: number): FolderFile => files[index] ?? missing(folder, index);
          return {
            kind: 'indexed',
            count: files.length,
            identify(index: number, id: MutableEventId) {
              Object.assign(id, { run, lumi, event: files[index]?.number ?? index + 1, timeUs: 0 });
            },
            read(index: number, event: SourceEvent) {
              const result = ready?.[index];
              if (result === undefined)
                return load(at(index)).then((decode) => put(event, decode()));
              put(event, result());
              return undefined;
            },
          };
        },
      };
    },
  });
}

async function readWhole(path: string): Promise<Uint8Array> {
  const input = await InputFile.open(path);
  try {
    return await input.readAll();
  } finally {
    await input.close();
  }
}

/** Decodes all files now. One that fails throws each time it is asked for, so that the exception policy decides. */
async function preloaded<T>(
  files: readonly FolderFile[],
  load: (file: FolderFile) => Promise<() => T>,
): Promise<(() => T)[]> {
  const results: (() => T)[] = [];
  for (const file of files) {
    try {
      const result = (await load(file))();
      results.push(() => result);
    } catch (error) {
      results.push(() => {
        throw corruptFile(file.path, error);
      });
    }
  }
  return results;
}

function decoded<T>(file: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw corruptFile(file, error);
  }
}

/** A new error each time: where it happened is added to it, and an event may come again. */
function corruptFile(file: string, error: unknown): EdmeshError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = reason.includes(file) ? reason : `${file}: ${reason}`;
  const known = error instanceof EdmeshError ? error : undefined;
  return new EdmeshError(known?.code ?? 'EDMESH_EVENT_CORRUPT', message, {
    fields: { ...known?.fields, file },
    cause: error,
  });
}

function missing(folder: string, index: number): never {
  throw new EdmeshError('EDMESH_INTERNAL', `${folder} has no file with index ${String(index)}`);
}
