import { z } from 'zod';
import {
  defineSource,
  EdmeshError,
  type IndexedReader,
  type MutableEventId,
  type SourceContext,
  type SourceEvent,
} from '../edm/index.ts';
import { folderFile, listFolder, type FolderFile } from './folder-of-files.ts';
import { failureError, fileFailure, FolderResults, type FileOutcome } from './folder-results.ts';
import { InputFile } from './input-file.ts';
import { sharedShape } from './shared-shape.ts';
import { SharedValues } from './shared-values.ts';

/** What a type of folder source is declared with. */
export interface FolderSourceDeclaration<T> {
  /** Name of the source type: letters and digits. */
  readonly type: string;
  readonly description: string;
  /** How the names of the files end, such as `.json`. */
  readonly suffix: string;
  /**
   * Decodes one file. Called once a file where the folder is preloaded, so the result should be compact; threads share it
   * where it is plain data (objects, arrays, typed arrays, text, numbers) and decode for themselves where it is not. What
   * it throws makes a corrupt event of the file; an `EdmeshError` should name the field.
   */
  decode(bytes: Uint8Array, file: string): T;
  /**
   * Declares the products, and returns what puts those of a decoded file into an event. It must not change what was
   * decoded: events to come, and other threads, read the same.
   */
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

/** What threads share: the names of the files, and what they decoded to. */
const SharedFolder = z.strictObject({
  names: z.array(z.string()),
  results: SharedValues.optional(),
});

/**
 * Declares a type of source that reads a folder of one file an event, in numerical order of their names. The event number
 * is the number in the name, or the position where names have none. A file that cannot be decoded fails its event with
 * `EDMESH_EVENT_CORRUPT`; a missing or empty folder is `EDMESH_FILE_OPEN`.
 */
export function defineFolderSource<T>(declaration: FolderSourceDeclaration<T>) {
  const { type, description, suffix } = declaration;
  const load = async ({ path }: FolderFile): Promise<FileOutcome<T>> => {
    const bytes = await readWhole(path);
    try {
      return { value: declaration.decode(bytes, path) };
    } catch (error) {
      return { failure: fileFailure(path, error) };
    }
  };
  return defineSource({
    type,
    description,
    parameters,
    construct(context, { folder, preload, run, lumi, events }) {
      const put = declaration.construct(context);
      const loadAndPut = async (file: FolderFile, event: SourceEvent): Promise<void> => {
        const outcome = await load(file);
        if ('failure' in outcome) throw failureError(outcome.failure);
        put(event, outcome.value);
      };
      const reader = (
        files: readonly FolderFile[],
        results: FolderResults<T> | undefined,
      ): IndexedReader => ({
        kind: 'indexed',
        count: files.length,
        identify(index: number, id: MutableEventId) {
          id.run = run;
          id.lumi = lumi;
          id.event = files[index]?.number ?? index + 1;
          id.timeUs = 0;
        },
        read(index: number, event: SourceEvent) {
          const result = results?.get(index);
          if (result === undefined)
            return loadAndPut(files[index] ?? missing(folder, index), event);
          put(event, result.value);
          return undefined;
        },
        share: (): z.output<typeof SharedFolder> => ({
          names: files.map(({ name }) => name),
          results: results?.share(),
        }),
      });
      return {
        async open(): Promise<IndexedReader> {
          const all = await listFolder(folder, suffix);
          const files = events === -1 ? all : all.slice(0, events);
          return reader(files, preload ? await preloaded(files, load) : undefined);
        },
        async attach(shared: unknown): Promise<IndexedReader> {
          const { names, results } = sharedShape(SharedFolder, shared, folder);
          const files = names.map((name) => folderFile(folder, name, suffix));
          if (results !== undefined) return reader(files, FolderResults.attached(results));
          return reader(files, preload ? await preloaded(files, load) : undefined);
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
  load: (file: FolderFile) => Promise<FileOutcome<T>>,
): Promise<FolderResults<T>> {
  const outcomes: FileOutcome<T>[] = [];
  for (const file of files) {
    outcomes.push(
      await load(file).catch((error: unknown) => ({ failure: fileFailure(file.path, error) })),
    );
  }
  return FolderResults.of(outcomes);
}

function missing(folder: string, index: number): never {
  throw new EdmeshError('EDMESH_INTERNAL', `${folder} has no file with index ${String(index)}`);
}
