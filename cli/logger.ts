import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { LogFields, Logger } from '../edm/index.ts';
import type { LogFormat, LogLevel } from './run/run-settings.ts';
import type { Terminal } from './terminal.ts';

/** Makes the logger of a command: one readable line a message on standard error, or one JSON object. */
export function createLogger(terminal: Terminal, level: LogLevel, format: LogFormat): Logger {
  const pretty = prettyLine(terminal.colors);
  const write =
    format === 'json'
      ? (line: string) => terminal.err(line)
      : (line: string) => terminal.err(pretty(line));
  // Written at once: what is logged right before a crash is what one wants to read.
  const log = pino({ level, base: null }, { write });
  const at = (name: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) =>
    log[name](fields ?? {}, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Makes a readable line of a log line in JSON. */
export function prettyLine(colors: boolean): (line: string) => string {
  return prettyFactory({
    colorize: colors,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
    ignore: 'pid,hostname',
  });
}
