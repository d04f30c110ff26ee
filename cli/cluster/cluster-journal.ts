import { existsSync } from 'node:fs';
import { EdmeshError, wrongOption } from '../../edm/index.ts';
import type { ClusterEffects } from './lost-member.ts';
import { monotonicClock } from '../journal/journal-clock.ts';
import { makeJournal } from '../journal/make-journal.ts';
import { journalConnection } from '../journal/journal-connection.ts';
import { serverSettings, type ServerArguments } from '../mesh/mesh-server.ts';
import type { NatsSettings } from '../../transport/index.ts';
import type { MeshSettings } from '../mesh/mesh-settings.ts';
import { numberText } from '../number-text.ts';
import { prepareOutput } from '../output-files.ts';
import type { watchSignals } from '../signals.ts';
import type { WrittenFile } from '../run/summary.ts';
import type { Terminal } from '../terminal.ts';
import { untilSignal } from '../until-signal.ts';

/** The options of a cluster that say what becomes of its journal. */
export interface KeptJournalArguments {
  readonly nats?: string;
  readonly inProcess?: boolean;
  readonly journalFile?: string;
}

/**
 * The file into which a cluster writes its journal at its end; `undefined` where the journal stays on a server that
 * somebody else runs. Throws `EDMESH_COMMAND_LINE`, and `EDMESH_JOURNAL_EXISTS` for a file that nobody has named.
 */
export async function journalFileOf(
  { job, journal }: Omit<MeshSettings, 'server'>,
  { nats, inProcess, journalFile }: KeptJournalArguments,
): Promise<string | undefined> {
  if (journal === undefined) {
    if (journalFile === undefined) return undefined;
    throw wrongOption('--journal-file', 'it needs --journal transitions or --journal full');
  }
  if (inProcess) {
    throw wrongOption('--journal', 'a NATS server keeps it, and --in-process goes without one');
  }
  // With the server of the cluster the journal would go, too.
  const file = journalFile ?? (nats === undefined ? `${job}.journal` : undefined);
  if (file === undefined) return undefined;
  if (journalFile === undefined && !journal.replace && existsSync(file)) {
    throw new EdmeshError(
      'EDMESH_JOURNAL_EXISTS',
      `${file} is there already; name another file with --journal-file, name the job otherwise, or add --journal-replace`,
      { fields: { file } },
    );
  }
  await prepareOutput(file);
  return file;
}

/** The journal of a cluster; `undefined` where it keeps none. `file` is where it is written at the end. */
export function clusterJournal(
  given: ServerArguments,
  mesh: Omit<MeshSettings, 'server'>,
  started: { readonly url: string } | undefined,
  file: string | undefined,
): ClusterJournal | undefined {
  if (mesh.journal === undefined) return undefined;
  const { nats = '' } = given;
  const server = started === undefined ? serverSettings(nats, given) : { url: started.url };
  return new ClusterJournal({ ...mesh, server }, file);
}

/** What a journal is written beside. */
interface JournalSurroundings {
  readonly terminal: Terminal;
  readonly quiet: boolean;
  readonly watchSignals: typeof watchSignals;
}

/** The journal of a cluster: made before its processes begin, written into a file at their end. */
class ClusterJournal {
  /** What could not be written; and what was. */
  error: unknown;
  files: readonly WrittenFile[] = [];
  readonly #settings: MeshSettings & { readonly server: NatsSettings };
  readonly #file: string | undefined;

  constructor(
    settings: MeshSettings & { readonly server: NatsSettings },
    file: string | undefined,
  ) {
    this.#settings = settings;
    this.#file = file;
  }

  /** Makes the journal, runs the cluster, writes the file. Throws what `createJournal` and the run throw. */
  async around(
    run: () => Promise<ClusterEffects>,
    surroundings: JournalSurroundings,
  ): Promise<ClusterEffects> {
    await makeJournal(this.#settings);
    const effects = await run();
    const file = this.#file;
    if (effects.abortedBy !== undefined) return effects;
    if (file === undefined) {
      const { job, server } = this.#settings;
      this.files = [{ what: 'journal', file: `of job ${job}, on ${server.url}` }];
      return effects;
    }
    try {
      await this.#write(file, surroundings);
      this.files = [{ what: 'journal', file }];
    } catch (thrown) {
      this.error = thrown;
    }
    return effects;
  }

  /** A signal meanwhile ends the writing: then there is no file. */
  async #write(file: string, surroundings: JournalSurroundings): Promise<void> {
    const { terminal, quiet } = surroundings;
    const { job, server } = this.#settings;
    const signals = surroundings.watchSignals(() => undefined);
    const connection = await journalConnection(server, job);
    try {
      const { loadJournal } = await import('../../transport/index.ts');
      const { openJournal, readJournal, writeJournalFile } = await loadJournal();
      const journal = await openJournal(connection, job);
      const of = numberText(journal.messages);
      const reading = readJournal({ connection, journal, clock: monotonicClock });
      await writeJournalFile({
        ...{ file, job, mode: journal.mode, nowMs: Date.now() },
        records: untilSignal(reading, signals, file),
        onProgress: (records) => {
          if (!terminal.interactive || quiet) return;
          terminal.drawLine(`journal: ${numberText(records)} of ${of} packets written`);
        },
      });
    } finally {
      signals.stop();
      terminal.drawLine('');
      await connection.close();
    }
  }
}
