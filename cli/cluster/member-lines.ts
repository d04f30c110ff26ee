import { prettyLine } from '../logger.ts';
import type { LogFormat } from '../run/run-settings.ts';
import type { Terminal } from '../terminal.ts';

/** A line without an end is given out in pieces of so many characters. */
const lineMax = 1_048_576;

/** Takes text in pieces, as a pipe gives it. */
export interface TextSink {
  push(text: string): void;
  /** There is no more: what has no end of line yet is a line too. */
  end(): void;
}

/** Where the output of a process of a cluster goes, line by line, with its name. */
export interface MemberLines {
  readonly out: TextSink;
  readonly err: TextSink;
}

/** Calls back for each line of a text that comes in pieces. */
export function lineCutter(line: (text: string) => void): TextSink {
  let rest = '';
  return {
    push(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const each of lines) line(each);
      if (rest.length < lineMax) return;
      line(rest);
      rest = '';
    },
    end() {
      if (rest !== '') line(rest);
      rest = '';
    },
  };
}

/**
 * The output of a process as that of its cluster. As text, each line begins with `NAME| `, and logs, which come as JSON, are
 * made readable. As JSON, a log has the field `process`, and any other line of standard error becomes a log of level info.
 */
export function memberLines(name: string, format: LogFormat, terminal: Terminal): MemberLines {
  const pretty = prettyLine(terminal.colors);
  const asText = (line: string): string =>
    prefixed(name, isLog(line) ? pretty(line).trimEnd() : line);
  const asJson = (line: string): string => {
    if (!isLog(line)) return `${JSON.stringify({ level: 30, process: name, msg: line })}\n`;
    const { level, time, ...others } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return `${JSON.stringify({ level, time, process: name, ...others })}\n`;
  };
  const shown = format === 'json' ? asJson : asText;
  return {
    out: lineCutter((line) => {
      terminal.out(prefixed(name, line));
    }),
    err: lineCutter((line) => {
      terminal.err(shown(line));
    }),
  };
}

/** A text with the name of its process before every line. */
export function prefixed(name: string, text: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${name}| ${line}\n`)
    .join('');
}

/** Whether a line is a log line in JSON. */
function isLog(line: string): boolean {
  if (!line.startsWith('{"level":')) return false;
  try {
    const log: unknown = JSON.parse(line);
    return typeof log === 'object' && log !== null && 'msg' in log;
  } catch {
    return false;
  }
}
