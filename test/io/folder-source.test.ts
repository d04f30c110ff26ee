/** Sources over a folder of files, preloaded and streamed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineProduct, EdmeshError } from '../../edm/index.ts';
import { z } from 'zod';
import { listFolder } from '../../io/folder-of-files.ts';
import { defineFolderSource } from '../../io/index.ts';
import { errorOf, openSource, temporaryFolder } from './open-source.ts';

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
