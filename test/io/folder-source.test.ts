/** Sources over a folder of files, preloaded and streamed. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineProduct, defineSoA, EdmeshError } from '../../edm/index.ts';
import { z } from 'zod';
import { listFolder } from '../../io/folder-of-files.ts';
import { defineFolderSource } from '../../io/index.ts';
import { attachSource, errorOf, openSource, temporaryFolder } from './open-source.ts';
import { shareOf, sharesItsInput } from './shared-source.contract.ts';

const Hits = defineProduct('Hits', z.array(z.number()));
let decoded = 0;

const HitsSource = defineFolderSource<number[]>({
  type: 'HitsSource',
  description: 'a list of numbers in each file',
  suffix: '.json',
  decode(bytes, file) {
    decoded++;
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (Array.isArray(value)) return value as number[];
    throw new EdmeshError('EDMESH_EVENT_CORRUPT', `${file}, hits: not a list`, {
      fields: { field: 'hits' },
    });
  },
  construct(context) {
    const hits = context.produces(Hits);
    return (event, list) => event.put(hits, list);
  },
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('the files of a folder', () => {
  it('come in the order in which people count', async () => {
    const names = ['event_10.json', 'event_2.json', 'event_1.json', 'other.txt', '.event_0.json'];
    const folder = folderOf(Object.fromEntries(names.map((name) => [name, ''])));
    mkdirSync(join(folder, 'event_3.json'));
    const files = await listFolder(folder, '.json');
    expect(files.map(({ name }) => name)).toEqual([
      'event_1.json',
      'event_2.json',
      'event_10.json',
    ]);
    expect(files.map(({ number }) => number)).toEqual([1, 2, 10]);
  });

  it.each([
    ['an empty folder', (folder: string) => folder, 'the folder has no .json file'],
    ['a missing folder', (folder: string) => join(folder, 'none'), 'it does not exist'],
    ['a file', (folder: string) => join(folder, 'file'), 'it is not a folder'],
  ])('are refused for %s', async (_, path, reason) => {
    const folder = path(folderOf({ file: '' }));
    const error = await errorOf(openSource(HitsSource({ folder })));
    expect(error.code).toBe('EDMESH_FILE_OPEN');
    expect(error.message).toBe(`${folder}: ${reason}`);
    expect(error.exitCode).toBe(8020);
  });
});

describe.each([true, false])('a folder source with preload %s', (preload) => {
  it('gives an event a file, numbered as the file is', async () => {
    const folder = folderOf({ 'e10.json': '[10]', 'e2.json': '[2,2]' });
    const source = await openSource(HitsSource({ folder, preload, run: 4, lumi: 2 }));
    const read = await source.readAll();
    expect(read.map(({ id }) => id)).toEqual([
      { run: 4, lumi: 2, event: 2, timeUs: 0 },
      { run: 4, lumi: 2, event: 10, timeUs: 0 },
    ]);
    expect(read.map(({ products }) => products.Hits)).toEqual([[2, 2], [10]]);
  });

  it('decodes preloaded files once', async () => {
    const folder = folderOf({ 'a.json': '[1]', 'b.json': '[2]' });
    decoded = 0;
    const source = await openSource(HitsSource({ folder, preload }));
    for (let turn = 0; turn < 3; turn++) await source.readAll();
    expect(decoded).toBe(preload ? 2 : 6);
    expect((await source.read(1))?.id.event).toBe(2);
  });

  it('goes on after a file that cannot be decoded, which is named', async () => {
    const folder = folderOf({
      '1.json': '[1]',
      '2.json': '{"no":1}',
      '3.json': '[1,',
      '4.json': '[4]',
    });
    const source = await openSource(HitsSource({ folder, preload }));
    for (let turn = 0; turn < 2; turn++) {
      const read = await source.readAll();
      const corrupt = 'EDMESH_EVENT_CORRUPT';
      expect(read.map(({ error }) => error?.code)).toEqual([
        undefined,
        corrupt,
        corrupt,
        undefined,
      ]);
      expect(read[1]?.error?.message).toBe(`${join(folder, '2.json')}, hits: not a list`);
      expect(read[1]?.error?.fields).toEqual({ field: 'hits', file: join(folder, '2.json') });
      expect(read[2]?.error?.message).toMatch(/3\.json: .*JSON/);
      read[1]?.error?.contexts.push('an event');
    }
    expect((await source.read(1))?.error?.contexts).toEqual([]);
  });
});

const Track = defineSoA('Track', { x: 'float32', id: 'uint32' });
const Names = defineProduct('Names', z.record(z.string(), z.array(z.string())));
const Wide = defineProduct('Wide', z.array(z.bigint()));

/** Every typed array of the results is a view of memory that is shared, or this fails. */
const TrackSource = defineFolderSource({
  type: 'TrackSource',
  description: 'columns, text and wide integers in each file',
  suffix: '.txt',
  decode(bytes) {
    const ids = Uint32Array.from(bytes);
    if (ids[0] === 33) throw new RangeError('an exclamation');
    const text = new TextDecoder().decode(bytes);
    return {
      columns: {
        ids,
        again: ids,
        x: Float32Array.from(ids, (id) => id / 8),
        none: new Int8Array(),
      },
      names: { [text]: [text, 'é'] },
      wide: BigUint64Array.from(ids, (id) => BigInt(id) << 40n),
      tail: new DataView(bytes.slice(1).buffer),
    };
  },
  construct(context) {
    const track = context.produces(Track);
    const names = context.produces(Names);
    const wide = context.produces(Wide);
    return (event, decoded) => {
      const { ids, again, x } = decoded.columns;
      expect(again).toBe(ids);
      const product = event.allocate(Track, ids.length);
      product.id.set(ids);
      product.x.set(x);
      event.put(track, product);
      event.put(names, decoded.names);
      event.put(wide, [...decoded.wide, BigInt(decoded.tail.byteLength)]);
    };
  },
});

describe.each([true, false])('a shared folder with preload %s', (preload) => {
  sharesItsInput(() => {
    const folder = folderOf({ 'a7.txt': 'seven', 'b.txt': '!', 'c.txt': 'é', 'd10.txt': 'x' });
    return TrackSource({ folder, preload, run: 3, lumi: 4 });
  });
  sharesItsInput(() => {
    const folder = folderOf({
      '1.json': '[1,2.5]',
      '2.json': '{}',
      '3.json': '[1,',
      '4.json': '[]',
    });
    return HitsSource({ folder, preload, events: 3 });
  });
});

describe('a shared folder that is preloaded', () => {
  it('is not read or decoded again, errors included', async () => {
    const folder = folderOf({ 'a.json': '[1]', 'b.json': '{}' });
    const configuration = HitsSource({ folder, preload: true });
    decoded = 0;
    const shared = shareOf((await openSource(configuration)).reader);
    rmSync(folder, { recursive: true });
    const read = await (await attachSource(configuration, shared)).readAll();
    expect(decoded).toBe(2);
    expect(read[0]?.products.Hits).toEqual([1]);
    expect(read[1]?.error?.cause).toContain('hits: not a list');
  });

  it('is decoded again where results are no plain data', async () => {
    const SetSource = defineFolderSource({
      type: 'SetSource',
      description: 'a set of characters',
      suffix: '.txt',
      decode: (bytes) => new Set(new TextDecoder().decode(bytes)),
      construct(context) {
        const names = context.produces(Names);
        return (event, set) => event.put(names, { set: [...set] });
      },
    });
    const configuration = SetSource({ folder: folderOf({ 'a.txt': 'aba' }), preload: true });
    const opened = await openSource(configuration);
    const shared = structuredClone(shareOf(opened.reader));
    expect(shared).toEqual({ names: ['a.txt'], results: undefined });
    const attached = await attachSource(configuration, shared);
    expect((await attached.read(0))?.products.Names).toEqual({ set: ['a', 'b'] });
    expect((await opened.read(0))?.products.Names).toEqual({ set: ['a', 'b'] });
  });
});
