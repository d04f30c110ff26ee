import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
  type SchemaTree,
} from 'hyparquet';
import { readError, type InputFile } from './input-file.ts';
import { codecProblem, decompressors } from './parquet-codecs.ts';
import type { TableRow, TableValue } from './table-row.ts';

/** Rows of a Parquet file that are stored, and read, together. */
export interface RowGroup {
  readonly start: number;
  readonly count: number;
}

const magic = 0x31524150;
/** Magic at both ends and the length of the metadata. */
const frameBytes = 12;

/** An open Parquet file. */
export class ParquetFile {
  readonly groups: readonly RowGroup[];
  readonly #input: InputFile;
  readonly #buffer: AsyncBuffer;
  readonly #metadata: FileMetaData;

  private constructor(input: InputFile, buffer: AsyncBuffer, metadata: FileMetaData) {
    this.#input = input;
    this.#buffer = buffer;
    this.#metadata = metadata;
    let start = 0;
    this.groups = metadata.row_groups.map((group) => {
      const count = Number(group.num_rows);
      start += count;
      return { start: start - count, count };
    });
  }

  /**
   * Reads the metadata at the end of the file. Throws `EDMESH_FILE_READ` where the file is truncated, is not Parquet, lacks
   * a column that is wanted or has one in a compression that cannot be read.
   */
  static async open(
    input: InputFile,
    columns: readonly string[] | undefined,
  ): Promise<ParquetFile> {
    await checkFrame(input);
    const buffer = { byteLength: input.size, slice: sliceOf(input) };
    let metadata: FileMetaData;
    let problem: string | undefined;
    try {
      metadata = await parquetMetadataAsync(buffer);
      problem = countProblem(metadata) ?? columnProblem(metadata, columns);
    } catch (cause) {
      throw readError(input.path, 'metadata', cause);
    }
    if (problem !== undefined) throw readError(input.path, 'metadata', problem);
    return new ParquetFile(input, buffer, metadata);
  }

  /** The rows of a group. Throws `EDMESH_FILE_READ` naming rows, column and byte where they cannot be decoded. */
  async rows(group: RowGroup, columns: readonly string[] | undefined): Promise<TableRow[]> {
    const { start, count } = group;
    let rows: readonly Readonly<Record<string, unknown>>[];
    try {
      rows = await this.#read(group, columns);
    } catch (cause) {
      const at = `rows ${String(start + 1)} to ${String(start + count)}`;
      throw readError(this.#input.path, at + (await this.#badColumn(group, columns)), cause);
    }
    return rows.map(plainRow);
  }

  async #read({ start, count }: RowGroup, columns: readonly string[] | undefined) {
    const rows = await parquetReadObjects({
      file: this.#buffer,
      metadata: this.#metadata,
      rowStart: start,
      rowEnd: start + count,
      compressors: decompressors,
      ...(columns && { columns: [...columns] }),
    });
    if (rows.length !== count) throw new Error(`only ${String(rows.length)} rows could be read`);
    return rows;
  }

  /** Which column of a row group cannot be read by itself, and the byte where it begins; '' where each can. */
  async #badColumn(group: RowGroup, columns: readonly string[] | undefined): Promise<string> {
    const { columns: chunks = [] } = this.#metadata.row_groups[this.groups.indexOf(group)] ?? {};
    for (const { meta_data: chunk } of chunks) {
      const [name] = chunk?.path_in_schema ?? [];
      if (chunk === undefined || name === undefined || columns?.includes(name) === false) continue;
      try {
        await this.#read(group, [name]);
      } catch {
        const byte = chunk.dictionary_page_offset ?? chunk.data_page_offset;
        return `, column ${chunk.path_in_schema.join('.')}, from byte ${String(byte)}`;
      }
    }
    return '';
  }
}

/** Refuses what a look at both ends shows to be no whole Parquet file. */
async function checkFrame(input: InputFile): Promise<void> {
  const { path, size } = input;
  if (size < frameBytes) {
    throw readError(
      path,
      `byte ${String(size)}`,
      'the file ends here; Parquet has at least 12 bytes',
    );
  }
  const end = size - 8;
  const bytes = new DataView(new ArrayBuffer(frameBytes));
  await input.read(new Uint8Array(bytes.buffer, 0, 4), 0);
  await input.read(new Uint8Array(bytes.buffer, 4, 8), end);
  if (bytes.getUint32(0, true) !== magic) {
    throw readError(path, 'byte 0', 'not a Parquet file: it does not begin with PAR1');
  }
  if (bytes.getUint32(8, true) !== magic) {
    throw readError(
      path,
      `byte ${String(end + 4)}`,
      'it does not end with PAR1: the file is truncated',
    );
  }
  const length = bytes.getUint32(4, true);
  if (length > size - frameBytes) {
    const reason = `metadata of ${String(length)} bytes do not fit into the file`;
    throw readError(path, `byte ${String(end)}`, reason);
  }
}

function sliceOf(input: InputFile): AsyncBuffer['slice'] {
  const slice = async (start: number, end: number): Promise<ArrayBuffer> => {
    if (start < 0 || end < start || end > input.size) {
      throw new RangeError(`bytes ${String(start)} to ${String(end)} are not in the file`);
    }
    const bytes = new Uint8Array(end - start);
    const filled = await input.read(bytes, start);
    if (filled < bytes.byteLength) {
      throw new RangeError(`the file ends at byte ${String(start + filled)}`);
    }
    return bytes.buffer;
  };
  return (start, end = input.size) => {
    const bytes = slice(start, end);
    // The library fetches ahead, and looks at no other fetch once one has failed.
    bytes.catch(() => undefined);
    return bytes;
  };
}

function countProblem({ num_rows, row_groups }: FileMetaData): string | undefined {
  let rows = 0;
  for (const group of row_groups) {
    const count = Number(group.num_rows);
    if (!Number.isSafeInteger(count) || count < 0) return `a row group of ${String(count)} rows`;
    rows += count;
  }
  return rows === Number(num_rows)
    ? undefined
    : `row groups hold ${String(rows)} rows, the file declares ${String(num_rows)}`;
}

function columnProblem(
  metadata: FileMetaData,
  columns: readonly string[] | undefined,
): string | undefined {
  const schema = parquetSchema(metadata);
  const there = schema.children.map(({ element }) => element.name);
  const lacking = columns?.filter((name) => !there.includes(name)) ?? [];
  if (lacking.length > 0) {
    return `no column ${lacking.map((name) => `'${name}'`).join(', ')}; there are ${there.join(', ')}`;
  }
  for (const { meta_data: column } of metadata.row_groups.flatMap((group) => group.columns)) {
    const name = column?.path_in_schema[0];
    if (column === undefined || name === undefined) return 'a column without description';
    if (!isLeaf(schema, column.path_in_schema)) return `column ${name} is not in the schema`;
    if (columns?.includes(name) === false) continue;
    const problem = codecProblem(column.codec);
    if (problem !== undefined) return `column ${name} ${problem}`;
  }
  return undefined;
}

function isLeaf(schema: SchemaTree, path: readonly string[]): boolean {
  let node: SchemaTree | undefined = schema;
  for (const name of path) node = node?.children.find(({ element }) => element.name === name);
  return node?.element.type !== undefined;
}

function plainRow(row: Readonly<Record<string, unknown>>): TableRow {
  const plain: Record<string, TableValue> = {};
  for (const name in row) plain[name] = plainValue(row[name]);
  return plain;
}

function plainValue(value: unknown): TableValue {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plainValue);
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array, plainValue);
  return plainRow(value as Readonly<Record<string, unknown>>);
}
