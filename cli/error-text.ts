import type { ErrorReport } from '../actors/index.ts';
import { placeInStack } from './config/config-error.ts';

/** What an error block shows besides the error. */
export interface ErrorTextOptions {
  /** Files of the config; the line of theirs where the error came from is shown. */
  readonly sources: ReadonlySet<string>;
  /** Whether the stack trace is shown. */
  readonly stack: boolean;
}

/** An error as people read it: category, message, where it happened. */
export function errorText(error: ErrorReport, options: ErrorTextOptions): string {
  const { category, code, exitCode, message, contexts, stack } = error;
  const title = error.fatal ? 'Fatal' : 'Error';
  const isInput = code.startsWith('EDMESH_FILE_') || code === 'EDMESH_EVENT_CORRUPT';
  const place = isInput ? undefined : placeInStack(stack, options.sources);
  const told = place !== undefined && [message, ...contexts].some((text) => text.includes(place));
  const lines = [
    `${title}: ${category} (exit code ${exitCode}, ${code})`,
    ...message.split('\n').map((line) => `  ${line}`),
    ...contexts.map((context) => `  in ${context}`),
    ...(place === undefined || told ? [] : [`  at ${place}`]),
    ...(options.stack && stack !== '' ? ['  stack:', indented(stack)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
