import { gzipSync } from 'node:zlib';
import { concat } from './mdf-bytes.ts';

/** A column of a test table; `bigint` cells make a column of 64-bit integers, numbers one of doubles. */
export interface TestColumn {
  readonly name: string;
  readonly cells: readonly (number | bigint)[];
}

const codecs = { UNCOMPRESSED: 0, GZIP: 2, LZO: 3 } as const;

/** A Parquet file of required columns, plainly encoded, with so many rows in each row group. */
export function parquetBytes(
  columns: readonly TestColumn[],
  options: { readonly rowsPerGroup?: number; readonly codec?: keyof typeof codecs } = {},
): Uint8Array {
  const { rowsPerGroup = 1000, codec = 'UNCOMPRESSED' } = options;
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const rows = columns[0]?.cells.length ?? 0;
  const parts: Uint8Array[] = [text('PAR1')];
  let offset = 4;
  const groups: Thrift[] = [];
  for (let start = 0; start < rows; start += rowsPerGroup) {
    const chunks = columns.map(({ name, cells }): Thrift => {
      const slice = cells.slice(start, start + rowsPerGroup);
      const plain = plainCells(slice);
      const stored = codec === 'GZIP' ? new Uint8Array(gzipSync(plain)) : plain;
      const pageHeader = [
        [1, 0],
        [2, plain.byteLength],
        [3, stored.byteLength],
        [5, struct([1, slice.length], [2, 0], [3, 3], [4, 3])],
      ] as const;
      const page = concat(encode(struct(...pageHeader)), stored);
      const at = offset;
      parts.push(page);
      offset += page.byteLength;
      const meta = struct(
        [1, typeCode(cells)],
        [2, [0]],
        [3, [name]],
        [4, codecs[codec]],
        [5, BigInt(slice.length)],
        [6, BigInt(page.byteLength - stored.byteLength + plain.byteLength)],
        [7, BigInt(page.byteLength)],
        [9, BigInt(at)],
      );
      return struct([2, BigInt(at)], [3, meta]);
    });
    const count = BigInt(Math.min(rowsPerGroup, rows - start));
    groups.push(struct([1, chunks], [2, BigInt(offset)], [3, count]));
  }
  const schema = columns.map(({ name, cells }) => struct([1, typeCode(cells)], [3, 0], [4, name]));
  const root = struct([4, 'schema'], [5, columns.length]);
  const metadata = encode(struct([1, 1], [2, [root, ...schema]], [3, BigInt(rows)], [4, groups]));
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, metadata.byteLength, true);
  return concat(...parts, metadata, new Uint8Array(length.buffer), text('PAR1'));
}

function typeCode(cells: readonly (number | bigint)[]): number {
  return typeof cells[0] === 'bigint' ? 2 : 5;
}

function plainCells(cells: readonly (number | bigint)[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * cells.length));
  cells.forEach((cell, index) => {
    if (typeof cell === 'bigint') view.setBigInt64(8 * index, cell, true);
    else view.setFloat64(8 * index, cell, true);
  });
  return new Uint8Array(view.buffer);
}

/** Thrift's compact protocol: numbers are 32-bit integers, bigints 64-bit ones. */
type Thrift = number | bigint | string | readonly Thrift[] | { readonly fields: readonly Field[] };
type Field = readonly [id: number, value: Thrift];

function struct(...fields: readonly Field[]): Thrift {
  return { fields };
}

function wireType(value: Thrift | undefined): number {
  if (typeof value === 'bigint') return 6;
  if (typeof value === 'string') return 8;
  if (Array.isArray(value)) return 9;
  return typeof value === 'object' ? 12 : 5;
}

function encode(value: Thrift): Uint8Array {
  const bytes: number[] = [];
  const varint = (number: bigint): void => {
    for (let rest = number; ; rest >>= 7n) {
      if (rest < 128n) {
        bytes.push(Number(rest));
        return;
      }
      bytes.push(Number(rest & 127n) | 128);
    }
  };
  const write = (each: Thrift): void => {
    if (typeof each === 'number' || typeof each === 'bigint') varint(BigInt(each) << 1n);
    else if (typeof each === 'string') {
      const text = new TextEncoder().encode(each);
      varint(BigInt(text.byteLength));
      bytes.push(...text);
    } else if ('fields' in each) {
      let last = 0;
      for (const [id, field] of each.fields) {
        bytes.push(((id - last) << 4) | wireType(field));
        last = id;
        write(field);
      }
      bytes.push(0);
    } else {
      const type = wireType(each[0]);
      if (each.length < 15) bytes.push((each.length << 4) | type);
      else {
        bytes.push(0xf0 | type);
        varint(BigInt(each.length));
      }
      each.forEach(write);
    }
  };
  write(value);
  return Uint8Array.from(bytes);
}
