/** What holds for every source that shares its input with other threads. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { Configuration, IndexedReader } from '../../edm/index.ts';
import { attachSource, errorOf, openSource, type ReadEvent } from './open-source.ts';

/** A private buffer of more bytes than this is no detail. */
const detailBytes = 64;

/** Declares the tests of the contract; `configure` writes the input and is called in each of them. */
export function sharesItsInput(configure: () => Configuration<'source'>): void {
  it('is read by another reader as by its own', async () => {
    const configuration = configure();
    const expected = plain(await (await openSource(configuration)).readAll());
    const opened = await openSource(configuration);
    const shared = structuredClone(shareOf(opened.reader));
    const attached = await attachSource(configuration, shared);
    expect(attached.reader).toMatchObject({ kind: 'indexed', count: expected.length });
    expect(plain(await attached.readAll())).toEqual(expected);
    expect(plain(await opened.readAll())).toEqual(expected);
    const next = await attachSource(configuration, structuredClone(shareOf(attached.reader)));
    expect(plain(await next.readAll())).toEqual(expected);
    for (let index = expected.length - 1; index >= 0; index--) {
      expect(plain([(await attached.read(index))!])).toEqual([expected[index]]);
    }
  });

  it('is shared through a thread', async () => {
    const configuration = configure();
    const expected = plain(await (await openSource(configuration)).readAll());
    const opened = await openSource(configuration);
    const echoed = await throughThread(shareOf(opened.reader));
    const attached = await attachSource(configuration, echoed);
    expect(plain(await attached.readAll())).toEqual(expected);
  });

  it('has its bulk in shared memory', async () => {
    const { reader } = await openSource(configure());
    const buffers = [...buffersOf(shareOf(reader))];
    const large = buffers.filter(({ byteLength }) => byteLength > detailBytes);
    expect(large.filter((buffer) => !(buffer instanceof SharedArrayBuffer))).toEqual([]);
  });

  it('is read on when another reader is closed', async () => {
    const configuration = configure();
    const expected = plain(await (await openSource(configuration)).readAll());
    for (const closesFirst of ['opened', 'attached'] as const) {
      const opened = await openSource(configuration);
      const attached = await attachSource(configuration, structuredClone(shareOf(opened.reader)));
      const readers = { opened, attached };
      await readers[closesFirst].reader.close?.();
      const left = closesFirst === 'opened' ? attached : opened;
      expect(plain(await left.readAll())).toEqual(expected);
    }
  });

  it.each([undefined, null, 'shared', {}, { index: {}, names: [1], ids: [], buffers: [] }])(
    'is not attached to %j',
    async (shared) => {
      const error = await errorOf(attachSource(configure(), shared));
      expect(error.code).toBe('EDMESH_SOURCE_CONTRACT');
      expect(error.message).toMatch(/: cannot attach, shared.*: .*; pass on what share gave/);
    },
  );
}

/** What an indexed reader shares. */
export function shareOf(reader: { readonly kind: string }): unknown {
  const { share } = reader as IndexedReader;
  if (share === undefined) throw new Error('the reader shares nothing');
  return share();
}

/** Sends a value to a thread, which sends it back. */
async function throughThread(value: unknown): Promise<unknown> {
  const echo =
    "const { parentPort } = require('node:worker_threads');" +
    "parentPort.once('message', (value) => parentPort.postMessage(value));";
  const worker = new Worker(echo, { eval: true });
  try {
    worker.postMessage(value);
    const [echoed] = (await once(worker, 'message')) as [unknown];
    return echoed;
  } finally {
    await worker.terminate();
  }
}

/** Events with what an error says in place of the error, and digests in place of memory. */
function plain(events: readonly ReadEvent[]): unknown[] {
  return events.map(({ id, products, error }) => ({
    id: { ...id },
    products: Object.entries(products).map(([name, product]) => [name, digested(product)]),
    error: error && {
      code: error.code,
      message: error.message,
      category: error.category,
      fields: error.fields,
      contexts: error.contexts,
    },
  }));
}

/** A product of which each column, and the buffer below them, is a digest; other values are as they are. */
function digested(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('buffer' in value)) return value;
  return Object.entries(value).map(([name, column]) => {
    if (column instanceof ArrayBuffer) return [name, digest(column)];
    return [
      name,
      ArrayBuffer.isView(column)
        ? digest(column.buffer, column.byteOffset, column.byteLength)
        : column,
    ];
  });
}

function digest(buffer: ArrayBufferLike, offset = 0, length = buffer.byteLength): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, offset, length))
    .digest('hex');
}

/** Every buffer below a value, each once. */
function* buffersOf(value: unknown): Generator<ArrayBufferLike> {
  const open: unknown[] = [value];
  const seen = new Set<unknown>();
  for (const next of open) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if (next instanceof ArrayBuffer || next instanceof SharedArrayBuffer) yield next;
    else if (ArrayBuffer.isView(next)) open.push(next.buffer);
    else for (const inner of Object.values(next) as unknown[]) open.push(inner);
  }
}
