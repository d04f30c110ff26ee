/** ParquetSource: rows by row group, ids from columns, and files that are not whole. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParquetSource } from '../../io/index.ts';
import { errorOf, openSource, temporaryFolder } from './open-source.ts';
import { parquetBytes } from './parquet-bytes.ts';
import { sharesItsInput } from './shared-source.contract.ts';

const big = 2n ** 60n;
const table = [
  { name: 'run', cells: [5n, 5n, 6n, 6n, 5n] },
  { name: 'event', cells: [11n, 12n, 13n, 14n, big] },
  { name: 'mass', cells: [91, 90.5, Number.NaN, 60, 120] },
];
const ids = { run: 'run', event: 'event' };

const write = (bytes: Uint8Array): string => {
  const file = join(temporaryFolder(), 'table.parquet');
  writeFileSync(file, bytes);
  return file;
};

describe.each([true, false])('a Parquet table with preload %s', (preload) => {
  it.each(['UNCOMPRESSED', 'GZIP'] as const)('gives rows and ids (%s)', async (codec) => {
    const file = write(parquetBytes(table, { rowsPerGroup: 2, codec }));
    const source = await openSource(ParquetSource({ file, preload, ...ids, lumi: 3 }));
    for (const index of [3, 0, 1, 2, 0]) {
      const read = await source.read(index);
      const cells = table.map(({ cells: column }) => Number(column[index]));
      expect(read?.id).toEqual({ run: cells[0], lumi: 3, event: cells[1], timeUs: 0 });
      expect(read?.products.TableRow).toEqual({ run: cells[0], event: cells[1], mass: cells[2] });
    }
  });

  it('reads rows at once that EDM streams ask for at once', async () => {
    const file = write(parquetBytes(table, { rowsPerGroup: 1 }));
    const source = await openSource(ParquetSource({ file, preload, run: 'run' }));
    const read = await Promise.all([4, 0, 3, 1, 2, 4].map((index) => source.read(index)));
    expect(read.map((event) => event?.id.event)).toEqual([5, 1, 4, 2, 3, 5]);
    expect(read[0]?.products.TableRow).toEqual({ run: 5, event: big, mass: 120 });
  });

  it('reads the columns that are wanted, and those of the ids', async () => {
    const file = write(parquetBytes(table));
    const source = await openSource(
      ParquetSource({ file, preload, run: 'run', columns: ['mass'] }),
    );
    expect((await source.read(0))?.products.TableRow).toEqual({ run: 5, mass: 91 });
  });

  it('has a corrupt event where an id is none', async () => {
    const file = write(parquetBytes(table));
    const read = await (await openSource(ParquetSource({ file, preload, ...ids }))).readAll();
    expect(read.map(({ error }) => error?.code)).toEqual([
      ...[undefined, undefined, undefined, undefined],
      'EDMESH_EVENT_CORRUPT',
    ]);
    expect(read[4]?.id).toMatchObject({ run: 5, event: 0 });
    expect(read[4]?.error?.message).toContain(`${file}, row 5: event 11529215046`);
  });
});

describe('a file that is refused', () => {
  const whole = parquetBytes(table);
  const size = whole.byteLength;
  it.each([
    ['empty', new Uint8Array(0), 'byte 0: the file ends here'],
    ['truncated', whole.subarray(0, size - 9), `byte ${size - 13}: it does not end with PAR1`],
    [
      'not Parquet',
      new TextEncoder().encode('run,event\n1,2\n3,4\n'),
      'byte 0: not a Parquet file',
    ],
    ['with a metadata length too long', whole.with(size - 5, 1), `byte ${size - 8}: metadata of `],
    ['with metadata that are none', whole.with(size - 12, 0xff), 'metadata'],
    ['in a compression not known', parquetBytes(table, { codec: 'LZO' }), 'LZO'],
  ])('is %s', async (_name, bytes, message) => {
    const file = write(bytes);
    const error = await errorOf(
      openSource(ParquetSource({ file, run: 'run' })).then((s) => s.readAll()),
    );
    expect(error.code).toBe('EDMESH_FILE_READ');
    expect(error.message).toContain(message);
    expect(error.message).toContain(file);
  });

  it('lacks a column', async () => {
    const file = write(whole);
    const error = await errorOf(openSource(ParquetSource({ file, columns: ['mass', 'mess'] })));
    expect(error.message).toBe(`${file}, metadata: no column 'mess'; there are run, event, mass`);
  });

  it('is missing', async () => {
    const file = join(temporaryFolder(), 'none.parquet');
    expect((await errorOf(openSource(ParquetSource({ file })))).code).toBe('EDMESH_FILE_OPEN');
  });
});

describe.each([true, false])('a row group that cannot be decoded (preload %s)', (preload) => {
  /** The file of the table with zeros for the page header, of 17 bytes, before a cell; and where that was. */
  const headless = (cell: number, rowsPerGroup: number): { file: string; page: number } => {
    const bytes = parquetBytes(table, { rowsPerGroup }).slice();
    const page = Buffer.from(bytes).indexOf(new Uint8Array(Float64Array.of(cell).buffer)) - 17;
    bytes.fill(0, page, page + 17);
    return { file: write(bytes), page };
  };

  it('fails its events alone, and names column and byte', async () => {
    const { file, page } = headless(120, 2);
    const source = await openSource(ParquetSource({ file, preload, run: 'run' }));
    const read = await source.readAll();
    expect(read.map(({ error }) => error?.code)).toEqual([
      ...[undefined, undefined, undefined, undefined],
      'EDMESH_EVENT_CORRUPT',
    ]);
    // The id columns are read by themselves where the others cannot be.
    expect(read[4]?.id).toMatchObject({ run: 5, event: 5 });
    const where = `rows 5 to 5, column mass, from byte ${String(page)}: `;
    expect(read[4]?.error?.message).toContain(`${file}, ${where}`);
  });

  it('fails all events where there is no other', async () => {
    const { file, page } = headless(91, 5);
    for (const given of [{}, ids]) {
      const source = await openSource(ParquetSource({ file, preload, ...given }));
      const read = await source.readAll();
      expect(read.map(({ error }) => error?.code)).toEqual(Array(5).fill('EDMESH_EVENT_CORRUPT'));
      expect(read[0]?.error?.message).toContain(
        `rows 1 to 5, column mass, from byte ${String(page)}: `,
      );
    }
  });
});

it('whatever the bytes are, only an EdmeshError is thrown', async () => {
  const whole = parquetBytes(table, { rowsPerGroup: 2 });
  const mutation = fc.record({ at: fc.nat(), value: fc.nat(255) });
  const folder = temporaryFolder();
  const file = join(folder, 'table.parquet');
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
      const bytes = whole.slice();
      for (const { at, value } of mutations) bytes[at % bytes.byteLength] = value;
      writeFileSync(file, bytes);
      const opened = await openSource(ParquetSource({ file, ...ids })).catch((error: unknown) => {
        expect(error).toMatchObject({ name: 'EdmeshError' });
        return undefined;
      });
      await opened?.readAll();
    }),
    { numRuns: 300 },
  );
});

describe.each([true, false])('a shared Parquet table with preload %s', (preload) => {
  sharesItsInput(() => {
    const bytes = parquetBytes(table, { rowsPerGroup: 2, codec: 'GZIP' });
    const gzip = bytes.findLastIndex((byte, at) => byte === 0x1f && bytes[at + 1] === 0x8b);
    return ParquetSource({ file: write(bytes.with(gzip, 0)), preload, run: 'run' });
  });
  sharesItsInput(() => ParquetSource({ file: write(parquetBytes(table)), preload, ...ids }));
});
