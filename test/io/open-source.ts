import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  EdmeshError,
  parseParameters,
  silentLogger,
  typeOf,
  type Columns,
  type Configuration,
  type MutableEventId,
  type ProductType,
  type SoAType,
  type SourceEvent,
  type SourceInstance,
  type SourceReader,
  type SourceType,
} from '../../edm/index.ts';

/** What a source gave for one event: products by type name, or the error that reading it threw. */
export interface ReadEvent {
  readonly id: MutableEventId;
  readonly products: Readonly<Record<string, unknown>>;
  readonly error: EdmeshError | undefined;
}

/** A source that a test opened, without any runtime. */
export interface OpenedSource {
  readonly reader: SourceReader;
  /** Reads an event by index, or the next one of a sequential source; `undefined` after the end. */
  read(index: number): Promise<ReadEvent | undefined>;
  readAll(): Promise<ReadEvent[]>;
}

/** Opens a configured source. Rejects as the source does. */
export function openSource(configuration: Configuration<'source'>): Promise<OpenedSource> {
  return withReader(configuration, (source) => source.open());
}

/** Attaches a configured source to what another reader shares. Rejects as the source does. */
export function attachSource(
  configuration: Configuration<'source'>,
  shared: unknown,
): Promise<OpenedSource> {
  return withReader(configuration, (source) => {
    if (source.attach === undefined) throw new Error('the source cannot attach');
    return source.attach(shared);
  });
}

/** Constructs a source, takes a reader of it and reads with that. */
async function withReader(
  configuration: Configuration<'source'>,
  take: (source: SourceInstance) => SourceReader | Promise<SourceReader>,
): Promise<OpenedSource> {
  const type = typeOf(configuration) as SourceType;
  const parameters = parseParameters('source', type.parameters, configuration.parameters);
  const products: ProductType[] = [];
  const context = {
    processName: 'TEST',
    logger: silentLogger,
    produces: (product: ProductType) => products.push(product) - 1,
  };
  const construct = type.construct as unknown as (
    context: unknown,
    parameters: unknown,
  ) => SourceInstance;
  const reader = await take(construct(context, parameters));
  onTestFinished(() => reader.close?.());

  const read = async (index: number): Promise<ReadEvent | undefined> => {
    const put: Record<string, unknown> = {};
    const event = {
      put: (token: number, value: unknown) => {
        const product = products[token]!;
        const problem = product.problem(value);
        if (problem !== undefined) throw new Error(`${product.name}: ${problem}`);
        put[product.name] = value;
      },
      allocate: <C extends Columns>(product: SoAType<C>, size: number) =>
        product.view(new ArrayBuffer(product.byteLength(size)), size),
    } as unknown as SourceEvent;
    const id = { run: -1, lumi: -1, event: -1, timeUs: -1 };
    try {
      if (reader.kind === 'indexed') {
        reader.identify(index, id);
        await reader.read(index, event);
      } else if (reader.kind === 'pushed') throw new Error('a source of files pushes no events');
      else if (!(await reader.next(id, event))) return undefined;
    } catch (error) {
      if (!(error instanceof EdmeshError)) throw error;
      return { id, products: put, error };
    }
    return { id, products: put, error: undefined };
  };
  const readAll = async (): Promise<ReadEvent[]> => {
    const events: ReadEvent[] = [];
    const count = reader.kind === 'indexed' ? reader.count : Number.POSITIVE_INFINITY;
    while (events.length < count) {
      const event = await read(events.length);
      if (event === undefined) break;
      events.push(event);
    }
    return events;
  };
  return { reader, read, readAll };
}

/** The error that a promise rejects with; fails where it does not reject with an `EdmeshError`. */
export async function errorOf(promise: Promise<unknown>): Promise<EdmeshError> {
  const error: unknown = await promise.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof EdmeshError) return error;
  throw error;
}

/** A folder for the files of one test, gone when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edmesh-io-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
