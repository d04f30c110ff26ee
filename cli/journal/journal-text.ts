import type { Journal, JournalEvent, JournalMode, JournalProcess } from '../../transport/index.ts';
import { countText, numberText } from '../number-text.ts';
import { textTable } from '../text-table.ts';

/** What is known of a journal, as `edmesh journal info --json` prints it. */
export interface JournalInfo {
  readonly job: string;
  readonly mode: JournalMode;
  /** Of a journal on a server, as {@link Journal} has them. */
  readonly messages?: number;
  readonly firstMs?: number | undefined;
  readonly lastMs?: number | undefined;
  readonly maxBytes?: number;
  readonly maxMessages?: number;
  /** Of a journal in a file. */
  readonly file?: string;
  readonly records?: number;
  readonly writtenMs?: number;
  readonly digest?: string;
  readonly bytes: number;
  readonly processes: readonly JournalProcess[];
  readonly eventsSent: number;
  readonly eventsDone: number;
  /** Whether every controller has said that there is no further event. */
  readonly isComplete: boolean;
  readonly packets: readonly { readonly subject: string; readonly packets: number }[];
}

/** The journals of a server, one a line. */
export function journalTable(journals: readonly Journal[]): string {
  const right = 'right' as const;
  return textTable(
    [
      { title: 'job' },
      { title: 'mode' },
      { title: 'messages', align: right },
      { title: 'bytes', align: right },
      { title: 'of', align: right },
      { title: 'first' },
      { title: 'last' },
    ],
    journals.map(({ job, mode, messages, bytes, maxBytes, firstMs, lastMs }) => [
      ...[job, mode, numberText(messages), numberText(bytes), numberText(maxBytes)],
      ...[timeText(firstMs), timeText(lastMs)],
    ]),
  );
}

/** What a journal holds, with a line for each process and subject, and for each event where they are listed. */
export function journalInfoText(info: JournalInfo, events: readonly JournalEvent[]): string {
  const { job, mode, file, bytes, processes, packets, isComplete } = info;
  const line = (what: string, text: string): string => `${what.padEnd(10)}  ${text}\n`;
  const count = info.messages ?? info.records ?? 0;
  const end = isComplete ? 'to the end of the job' : 'the job was cut short or goes on';
  const dealtWith = `${numberText(info.eventsDone)} of ${countText(info.eventsSent, 'event')} done`;
  const text = [
    line('journal', `of job ${job}, ${mode}${file === undefined ? '' : `, in ${file}`}`),
    line('holds', `${countText(count, 'packet')}, ${numberText(bytes)} bytes`),
    ...(info.firstMs === undefined ? [] : [line('first', timeText(info.firstMs))]),
    ...(info.lastMs === undefined ? [] : [line('last', timeText(info.lastMs))]),
    ...(info.writtenMs === undefined ? [] : [line('written', timeText(info.writtenMs))]),
    line('events', `${dealtWith}; ${end}`),
    '\n',
    textTable(
      [{ title: 'process' }, { title: 'lanes' }],
      processes.map(({ process, endpoints }) => [process, endpoints.join(' ')]),
    ),
    '\n',
    textTable(
      [{ title: 'subject' }, { title: 'packets', align: 'right' }],
      packets.map(({ subject, packets: number }) => [subject, numberText(number)]),
    ),
  ];
  if (events.length > 0) text.push('\n', eventTable(events));
  return text.join('');
}

/** Events, one a line. */
export function eventTable(events: readonly JournalEvent[]): string {
  return textTable(
    [
      { title: 'event' },
      { title: 'ordinal', align: 'right' },
      { title: 'attempt', align: 'right' },
      { title: 'from' },
      { title: 'to' },
      { title: '' },
    ],
    events.map(({ run, lumi, event, ordinal, attempt, from, to, isDone }) => [
      `${run}:${lumi}:${event}`,
      String(ordinal),
      attempt === 0 ? '' : String(attempt),
      ...[from, to, isDone ? '' : 'not done'],
    ]),
  );
}

function timeText(timeMs: number | undefined): string {
  return timeMs === undefined ? '' : new Date(timeMs).toISOString();
}
