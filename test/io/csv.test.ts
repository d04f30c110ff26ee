/** CSV: the records of RFC 4180, and CsvSource preloaded and streamed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvRecords, recordCharactersMax, type CsvRecord } from '../../io/csv-records.ts';
import { CsvSource } from '../../io/index.ts';
import { errorOf, openSource, temporaryFolder } from './open-source.ts';
import { sharesItsInput } from './shared-source.contract.ts';

/** All records of a text that arrives in pieces of a length. */
function recordsOf(text: string, pieceLength = text.length || 1): CsvRecord[] {
  const records = new CsvRecords();
  const found: CsvRecord[] = [];
  const take = (): void => {
    for (let next = records.next(); next !== undefined; next = records.next()) found.push(next);
  };
  for (let at = 0; at < text.length; at += pieceLength) {
    records.push(text.slice(at, at + pieceLength));
    take();
  }
  records.end();
  take();
  return found;
}
const fieldsOf = (text: string): (readonly string[])[] =>
  recordsOf(text).map(({ fields }) => fields);

describe('records', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,,\n,,\n',
      [
        ['a', '', ''],
        ['', '', ''],
      ],
    ],
    ['"a,b",c\n', [['a,b', 'c']]],
    ['"say ""hi""",""\n', [['say "hi"', '']]],
    ['""""\n', [['"']]],
    [
      '"two\nlines","two\r\nlines"\r\nx,y',
      [
        ['two\nlines', 'two\r\nlines'],
        ['x', 'y'],
      ],
    ],
    ['\n\na\n\r\nb\n', [['a'], ['b']]],
    ['', []],
  ])('of %j', (text, expected) => {
    expect(fieldsOf(text)).toEqual(expected);
  });

  it('know their lines', () => {
    const lines = recordsOf('a\n\n"b\nb",1\n"c"\nd').map(({ line }) => line);
    expect(lines).toEqual([1, 3, 5, 6]);
  });

  it.each([
    ['a"b,c\nd,e\n', 'a quote inside an unquoted field'],
    ['"a"b,c\nd,e\n', 'text after a closing quote'],
    ['"a,b\nd,e\n', 'a quoted field is not closed'],
  ])('that are malformed cost their line: %j', (text, problem) => {
    const [bad, good] = recordsOf(text);
    expect(bad).toEqual({ fields: [], line: 1, problem });
    expect(good).toEqual({ fields: ['d', 'e'], line: 2, problem: undefined });
  });

  it('without an end are given up', () => {
    const [bad, good] = recordsOf(`${'x'.repeat(2.5 * recordCharactersMax)}\na,b\n`, 65_536);
    expect(bad).toMatchObject({ line: 1, problem: 'the line has no end' });
    expect(good).toMatchObject({ fields: ['a', 'b'], line: 2 });
  });

  it('come back as they were written, in pieces of any length', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') });
    fc.assert(
      fc.property(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 9 }),
        (rows, lineEnd, pieceLength) => {
          const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
          const text = rows.map((row) => row.map(quoted).join(',') + lineEnd).join('');
          const found = recordsOf(text, pieceLength);
          expect(found.map(({ fields }) => fields)).toEqual(rows);
          expect(found.every(({ problem }) => problem === undefined)).toBe(true);
        },
      ),
    );
  });

  it('of any text are the same whatever the pieces', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r'), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (each, pieceLength) => {
        expect(recordsOf(each, pieceLength)).toEqual(recordsOf(each));
      }),
      { numRuns: 1000 },
    );
  });
});

const write = (text: string): string => {
  const file = join(temporaryFolder(), 'table.csv');
  writeFileSync(file, text);
  return file;
};

describe.each([true, false])('a CSV table with preload %s', (preload) => {
  const text = '\ufeffRun,Event,Type,x\r\n5,11,G,1.5\r\n5,12,T,-2e3\r\n6,11,"G",nan\r\n';

  it('gives rows and ids', async () => {
    const file = write(text);
    const source = await openSource(CsvSource({ file, preload, run: 'Run', event: 'Event' }));
    const read = await source.readAll();
    expect(read.map(({ id }) => id)).toEqual([
      { run: 5, lumi: 1, event: 11, timeUs: 0 },
      { run: 5, lumi: 1, event: 12, timeUs: 0 },
      { run: 6, lumi: 1, event: 11, timeUs: 0 },
    ]);
    expect(read.map(({ products }) => products.TableRow)).toEqual([
      { Run: 5, Event: 11, Type: 'G', x: 1.5 },
      { Run: 5, Event: 12, Type: 'T', x: -2000 },
      { Run: 6, Event: 11, Type: 'G', x: Number.NaN },
    ]);
  });

  it('without id columns counts rows', async () => {
    const source = await openSource(CsvSource({ file: write(text), preload, run: 9, lumi: 2 }));
    const ids = (await source.readAll()).map(({ id }) => [id.run, id.lumi, id.event]);
    expect(ids).toEqual([
      [9, 2, 1],
      [9, 2, 2],
      [9, 2, 3],
    ]);
  });

  it('reads the columns that are wanted, and those of the ids', async () => {
    const source = await openSource(
      CsvSource({ file: write(text), preload, run: 'Run', columns: ['x'], text: [] }),
    );
    expect((await source.read(0))?.products.TableRow).toEqual({ Run: 5, x: 1.5 });
  });

  it('goes on after a row that cannot be read, which names line, column and cell', async () => {
    const rows = ['5,1,1.5', '5,2,abc', '5,3', '"5,4,1', 'x,5,1', '6,6,2', '6,7,', ''];
    const file = write(`Run,Event,x\n${rows.join('\n')}`);
    const source = await openSource(CsvSource({ file, preload, run: 'Run', event: 'Event' }));
    const read = await source.readAll();
    expect(read.map(({ error }) => error?.message)).toEqual([
      undefined,
      `${file}, line 3: column x: 'abc' is not a number`,
      `${file}, line 4: 2 fields where the header has 3`,
      `${file}, line 5: a quoted field is not closed`,
      `${file}, line 6: column Run: 'x' is not a number`,
      undefined,
      `${file}, line 8: column x: '' is not a number`,
    ]);
    const ids = read.map(({ id }) => [id.run, id.event]);
    expect(ids).toEqual([
      [5, 1],
      [5, 2],
      [5, 0],
      [5, 0],
      [5, 0],
      [6, 6],
      [6, 7],
    ]);
    expect(new Set(read.flatMap(({ error }) => error?.code ?? []))).toEqual(
      new Set(['EDMESH_EVENT_CORRUPT']),
    );
  });

  it.each([
    ['', 'line 1: there is no header line'],
    ['a,b,a\n1,2,3\n', "line 1: two columns are called 'a'"],
    ['a,b\n1,2\n', "line 1: no column 'Run', 'x'; there are a, b"],
  ])('with the header of %j is refused', async (bad, message) => {
    const file = write(bad);
    const columns = bad.startsWith('a,b\n') ? ['a', 'x'] : undefined;
    const parameters =
      columns === undefined ? { file, preload } : { file, preload, columns, run: 'Run' };
    const error = await errorOf(openSource(CsvSource(parameters)));
    expect(error.code).toBe('EDMESH_FILE_READ');
    if (columns === undefined) expect(error.message).toBe(`${file}, ${message}`);
    else expect(error.message).toContain("no column 'x', 'Run'");
  });

  it('longer than a piece of the file is read whole', async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, index) => `${index},"é ${'x'.repeat(index % 13)}"`,
    );
    const source = await openSource(CsvSource({ file: write(`n,t\n${rows.join('\n')}`), preload }));
    const read = await source.readAll();
    expect(read).toHaveLength(20_000);
    expect(read.at(-1)?.products.TableRow).toEqual({
      n: 19_999,
      t: `é ${'x'.repeat(19_999 % 13)}`,
    });
    expect(read.every(({ error }) => error === undefined)).toBe(true);
  });
});

it('a streamed table can start over', async () => {
  const source = await openSource(CsvSource({ file: write('a\n1\n2\n') }));
  const first = await source.readAll();
  if (source.reader.kind !== 'sequential') throw new Error('a streamed CSV file is sequential');
  await source.reader.rewind?.();
  expect(await source.readAll()).toEqual(first);
});

describe('a shared CSV table', () => {
  sharesItsInput(() => {
    const rows = Array.from({ length: 600 }, (_, event) => `5,${event},${event % 2},t${event},nan`);
    const bad = ['5,1,abc,t,1', '5,3', 'x,5,1,t,1', '6,6,2,"",-0'];
    const text = ['Run,Event,kind,name,x', ...rows, ...bad].join('\n');
    return CsvSource({ file: write(text), preload: true, run: 'Run', event: 'Event' });
  });
});

describe('a shared CSV table with texts that repeat, and no sound row', () => {
  sharesItsInput(() => {
    const rows = ['G,1', 'T,2', 'G,3', '"",4'];
    return CsvSource({ file: write(['kind,x', ...rows].join('\n')), preload: true });
  });
  sharesItsInput(() => CsvSource({ file: write('a,b\n1\n2\n'), preload: true }));
});

it('a streamed table is in order, and not shared', async () => {
  const { reader } = await openSource(CsvSource({ file: write('a\n1\n') }));
  expect(reader).not.toHaveProperty('share');
});
