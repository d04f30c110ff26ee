import { CsvRecords, type CsvRecord } from './csv-records.ts';
import { readError, type InputFile } from './input-file.ts';
import type { RawRow, TableValue } from './table-row.ts';

/** Which columns of a CSV file are read, and how. */
export interface CsvColumns {
  /** Columns to read; all where it is left out. */
  readonly columns?: readonly string[] | undefined;
  /** Columns to read although `columns` does not list them. */
  readonly also: readonly string[];
  /** Columns to read besides, where the table has them. */
  readonly optional?: readonly string[] | undefined;
  /** Columns that stay text; left out: those whose first cell is no number. */
  readonly text?: readonly string[] | undefined;
}

interface Column {
  readonly name: string;
  readonly index: number;
  readonly isText: boolean;
}

const pieceBytes = 65536;
const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const namedNumbers: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

/** An open CSV file with a header line, read in pieces. */
export class CsvFile {
  readonly #input: InputFile;
  readonly #wanted: CsvColumns;
  readonly #piece = new Uint8Array(pieceBytes);
  #records = new CsvRecords();
  #decoder = new TextDecoder();
  #offset = 0;
  #ended = false;
  #header: readonly string[] = [];
  #columns: readonly Column[] | undefined;

  private constructor(input: InputFile, wanted: CsvColumns) {
    this.#input = input;
    this.#wanted = wanted;
  }

  /** Reads the header. Throws `EDMESH_FILE_READ` where it is missing, names a column twice or lacks a wanted one. */
  static async open(input: InputFile, wanted: CsvColumns): Promise<CsvFile> {
    const file = new CsvFile(input, wanted);
    await file.rewind();
    return file;
  }

  /** Goes back to the first row. */
  async rewind(): Promise<void> {
    this.#records = new CsvRecords();
    this.#decoder = new TextDecoder();
    this.#offset = 0;
    this.#ended = false;
    let header = this.#records.next();
    while (header === undefined && (await this.fill())) header = this.#records.next();
    this.#header = checkedHeader(this.#input.path, header, this.#wanted);
  }

  /** The next row, without waiting; `undefined` where more of the file must be read first, or at the end. */
  next(): RawRow | undefined {
    const record = this.#records.next();
    if (record === undefined) return undefined;
    const at = `line ${String(record.line)}`;
    if (record.problem !== undefined) return { row: {}, problem: record.problem, at };
    if (record.fields.length !== this.#header.length) {
      const problem = `${String(record.fields.length)} fields where the header has ${String(this.#header.length)}`;
      return { row: {}, problem, at };
    }
    this.#columns ??= columnsOf(this.#header, this.#wanted, record.fields);
    return { ...rowOf(this.#columns, record.fields), at };
  }

  /** Reads a piece of the file; `false` where all of it had been read. */
  async fill(): Promise<boolean> {
    if (this.#ended) return false;
    const filled = await this.#input.read(this.#piece, this.#offset);
    this.#offset += filled;
    this.#ended = filled < pieceBytes;
    this.#records.push(
      this.#decoder.decode(this.#piece.subarray(0, filled), { stream: !this.#ended }),
    );
    if (this.#ended) this.#records.end();
    return true;
  }
}

function checkedHeader(
  file: string,
  record: CsvRecord | undefined,
  wanted: CsvColumns,
): readonly string[] {
  if (record === undefined) throw readError(file, 'line 1', 'there is no header line');
  const at = `line ${String(record.line)}`;
  if (record.problem !== undefined) throw readError(file, at, record.problem);
  const header = record.fields;
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined) throw readError(file, at, `two columns are called '${twice}'`);
  const lacking = wantedNames(header, wanted).filter((name) => !header.includes(name));
  if (lacking.length > 0) {
    const names = lacking.map((name) => `'${name}'`).join(', ');
    throw readError(file, at, `no column ${names}; there are ${header.join(', ')}`);
  }
  return header;
}

function wantedNames(header: readonly string[], wanted: CsvColumns): string[] {
  const { columns, also, text = [], optional = [] } = wanted;
  const there = optional.filter((name) => header.includes(name));
  return [...new Set([...(columns ?? header), ...also, ...text, ...there])];
}

function columnsOf(
  header: readonly string[],
  wanted: CsvColumns,
  firstRow: readonly string[],
): Column[] {
  return wantedNames(header, wanted).map((name) => {
    const index = header.indexOf(name);
    const isText = wanted.text?.includes(name) ?? parseNumber(firstRow[index] ?? '') === undefined;
    return { name, index, isText: isText && !wanted.also.includes(name) };
  });
}

/** All cells that can be read, so that a row that is bad in one column still has its event id. */
function rowOf(columns: readonly Column[], fields: readonly string[]): Omit<RawRow, 'at'> {
  const row: Record<string, TableValue> = {};
  let problem: string | undefined;
  for (const { name, index, isText } of columns) {
    const text = fields[index] ?? '';
    const value = isText ? text : parseNumber(text);
    if (value === undefined) problem ??= `column ${name}: '${text}' is not a number`;
    else row[name] = value;
  }
  return { row, problem };
}

function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  return numberText.test(trimmed) ? Number(trimmed) : namedNumbers[trimmed.toLowerCase()];
}
