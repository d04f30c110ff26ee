import { wrongOption } from '../../edm/index.ts';
import {
  loadJournal,
  type Journal,
  type JournalSummary,
  type JournalTools,
} from '../../transport/index.ts';
import type { CommandContext } from '../command-context.ts';
import { monotonicClock as clock } from './journal-clock.ts';
import { journalConnection } from './journal-connection.ts';
import { checkJob, jobOf } from './journal-job.ts';
import { journalInfoText, journalTable, type JournalInfo } from './journal-text.ts';
import { serverSettings, type ServerArguments } from '../mesh/mesh-server.ts';
import { countText, numberText } from '../number-text.ts';
import { prepareOutput } from '../output-files.ts';
import type { Terminal } from '../terminal.ts';

/** The options that all commands about journals have. */
export interface JournalArguments extends ServerArguments {
  readonly job?: string;
  readonly json?: boolean;
  readonly events?: boolean;
  readonly replace?: boolean;
  readonly quiet?: boolean;
}

type Connection = Parameters<JournalTools['listJournals']>[0];

/** `edmesh journal ls`: the journals of a server. */
export async function journalLs(given: JournalArguments, context: CommandContext): Promise<void> {
  await connected(given, async (connection, { listJournals }) => {
    const journals = await listJournals(connection);
    const { terminal } = context;
    if (given.json) terminal.out(`${JSON.stringify(journals, undefined, 2)}\n`);
    else terminal.out(journals.length === 0 ? 'no journals\n' : journalTable(journals));
  });
}

/** `edmesh journal info`: what a journal holds, be it on a server or in a file. */
export async function journalInfo(
  file: string | undefined,
  given: JournalArguments,
  { terminal }: CommandContext,
): Promise<void> {
  const show = (info: JournalInfo, summary: JournalSummary): void => {
    const events = given.events ? { events: summary.events } : {};
    if (given.json) terminal.out(`${JSON.stringify({ ...info, ...events }, undefined, 2)}\n`);
    else terminal.out(journalInfoText(info, summary.events));
  };
  if (file !== undefined) {
    if (given.nats !== undefined) throw wrongOption('--nats', 'a file needs no server');
    const { journalFileHeader, summariseJournalFile } = await loadJournal();
    const header = await journalFileHeader(file);
    checkJob(given, header.job, file);
    const summary = await summariseJournalFile(file, header, { events: given.events ?? false });
    show({ ...header, file, ...toldBy(summary), packets: packetsOf(summary.packets) }, summary);
    return;
  }
  await connected(given, async (connection, { openJournal, journalPackets, summariseJournal }) => {
    const journal = await openJournal(connection, jobOf(given));
    const packets = await journalPackets(connection, journal);
    const reading = { connection, journal, clock };
    const summary = await summariseJournal(reading, { events: given.events ?? false });
    show({ ...journal, ...toldBy(summary), packets: packetsOf(packets) }, summary);
  });
}

/** `edmesh journal export`: writes a journal into a file. */
export async function journalExport(
  file: string,
  given: JournalArguments,
  { terminal }: CommandContext,
): Promise<void> {
  await prepareOutput(file);
  await connected(given, async (connection, { openJournal, readJournal, writeJournalFile }) => {
    const journal: Journal = await openJournal(connection, jobOf(given));
    const { job, mode, messages } = journal;
    const { records, bytes } = await writeJournalFile({
      ...{ file, job, mode, nowMs: Date.now() },
      records: readJournal({ connection, journal, clock }),
      onProgress: progress(terminal, `journal of ${job}`, messages, given),
    });
    terminal.drawLine('');
    if (given.quiet) return;
    terminal.out(`${countText(records, 'record')}, ${numberText(bytes)} bytes  ${file}\n`);
  });
}

/** `edmesh journal import`: makes a journal of a file. */
export async function journalImport(
  file: string,
  given: JournalArguments,
  { terminal }: CommandContext,
): Promise<void> {
  await connected(given, async (connection, { importJournal, journalFileHeader }) => {
    const { records } = await journalFileHeader(file);
    const { job, messages } = await importJournal({
      ...{ connection, file, replace: given.replace ?? false },
      ...(given.job === undefined ? {} : { job: given.job }),
      onProgress: progress(terminal, file, records, given),
    });
    terminal.drawLine('');
    if (!given.quiet) terminal.out(`${countText(messages, 'record')}  journal of job ${job}\n`);
  });
}

function toldBy(
  summary: JournalSummary,
): Pick<JournalInfo, 'processes' | 'eventsSent' | 'eventsDone' | 'isComplete'> {
  const { processes, eventsSent, eventsDone, isComplete } = summary;
  return { processes, eventsSent, eventsDone, isComplete };
}

function packetsOf(packets: ReadonlyMap<string, number>): JournalInfo['packets'] {
  return [...packets]
    .map(([subject, count]) => ({ subject, packets: count }))
    .sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

function progress(
  terminal: Terminal,
  what: string,
  of: number,
  { quiet }: JournalArguments,
): (records: number) => void {
  return (records) => {
    if (!terminal.interactive || quiet) return;
    terminal.drawLine(`${what}: ${numberText(records)} of ${countText(of, 'record')}`);
  };
}

/** Does something with the connection that the options describe, and closes it. */
async function connected(
  given: JournalArguments,
  act: (connection: Connection, journal: JournalTools) => Promise<void>,
): Promise<void> {
  const { nats: url } = given;
  if (url === undefined) throw wrongOption('--nats', 'name the server that has the journal');
  const connection = await journalConnection(serverSettings(url, given), given.job);
  try {
    await act(connection, await loadJournal());
  } finally {
    await connection.close();
  }
}
