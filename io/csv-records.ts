/** One record of a CSV file, or why it is none. */
export interface CsvRecord {
  readonly fields: readonly string[];
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly problem: string | undefined;
}

/** A record may not be longer than this. */
export const recordCharactersMax = 1 << 20;

type Parsed =
  | { readonly kind: 'record'; readonly fields: string[]; readonly end: number }
  | { readonly kind: 'open' }
  | { readonly kind: 'malformed'; readonly reason: string };

/**
 * Cuts text that arrives in pieces into the records of RFC 4180: quoted fields, doubled quotes, line breaks in quotes, and
 * either line ending. Empty lines are passed over. A malformed record costs its first line and nothing more.
 */
export class CsvRecords {
  #text = '';
  #at = 0;
  #line = 1;
  #ended = false;
  #skipLine = false;

  /** Adds a piece of the file. */
  push(text: string): void {
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
  }

  /** Says that there are no more pieces. */
  end(): void {
    this.#ended = true;
  }

  /** The next record; `undefined` when it needs another piece, or after the end. */
  next(): CsvRecord | undefined {
    while (this.#at < this.#text.length) {
      const newline = this.#text.indexOf('\n', this.#at);
      if (newline < 0 && !this.#ended) return this.#tooLong();
      const end = newline < 0 ? this.#text.length : newline;
      const text = this.#text.slice(
        this.#at,
        end > this.#at && this.#text[end - 1] === '\r' ? end - 1 : end,
      );
      if (text === '' || this.#skipLine) {
        this.#skipLine = false;
        this.#passTo(end + 1, 1);
      } else if (!text.includes('"')) {
        return this.#record(text.split(','), end + 1, 1);
      } else {
        return this.#quoted(end);
      }
    }
    return undefined;
  }

  /** A record with quotes, whose first line ends at `lineEnd`. */
  #quoted(lineEnd: number): CsvRecord | undefined {
    const parsed = parseQuoted(this.#text, this.#at, this.#ended);
    if (parsed.kind === 'record') {
      const lines = countLines(this.#text, this.#at, parsed.end);
      return this.#record(parsed.fields, parsed.end, lines);
    }
    if (parsed.kind === 'malformed') return this.#record([], lineEnd + 1, 1, parsed.reason);
    const open = this.#ended || this.#text.length - this.#at > recordCharactersMax;
    return open ? this.#record([], lineEnd + 1, 1, 'a quoted field is not closed') : undefined;
  }

  #tooLong(): CsvRecord | undefined {
    if (this.#text.length - this.#at <= recordCharactersMax) return undefined;
    const again = this.#skipLine;
    this.#skipLine = true;
    if (!again) return this.#record([], this.#text.length, 0, 'the line has no end');
    this.#passTo(this.#text.length, 0);
    return undefined;
  }

  #record(fields: string[], end: number, lines: number, problem?: string): CsvRecord {
    const record = { fields, line: this.#line, problem };
    this.#passTo(end, lines);
    return record;
  }

  #passTo(end: number, lines: number): void {
    this.#at = Math.min(end, this.#text.length);
    this.#line += lines;
  }
}

/** Reads one record that has quotes in it, from `start` on. */
function parseQuoted(text: string, start: number, ended: boolean): Parsed {
  const fields: string[] = [];
  let at = start;
  for (;;) {
    if (text[at] === '"') {
      let value = '';
      let from = at + 1;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote < 0) return { kind: 'open' };
        const doubled = text[quote + 1] === '"';
        value += text.slice(from, doubled ? quote + 1 : quote);
        from = quote + (doubled ? 2 : 1);
        if (!doubled) break;
      }
      at = from;
      fields.push(value);
    } else {
      const end = fieldEnd(text, at);
      const value = text.slice(at, end);
      if (value.includes('"'))
        return { kind: 'malformed', reason: 'a quote inside an unquoted field' };
      fields.push(value);
      at = end;
    }
    if (text[at] === ',') {
      at++;
      continue;
    }
    if (text[at] === '\r' && (text[at + 1] === '\n' || at + 1 === text.length)) at++;
    if (text[at] === '\n') return { kind: 'record', fields, end: at + 1 };
    if (at >= text.length) return ended ? { kind: 'record', fields, end: at } : { kind: 'open' };
    return { kind: 'malformed', reason: 'text after a closing quote' };
  }
}

function fieldEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== ',' && text[at] !== '\n') at++;
  return text[at] === '\n' && at > from && text[at - 1] === '\r' ? at - 1 : at;
}

function countLines(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1))
    lines++;
  return lines;
}
