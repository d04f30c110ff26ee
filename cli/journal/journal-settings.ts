import type { JournalMode } from '../../transport/index.ts';
import { wrongOption } from '../../edm/index.ts';

/** The options about the journal of a job as the command line gives them. */
export interface JournalOptions {
  readonly journal?: string;
  readonly journalSize?: string;
  readonly journalReplace?: boolean;
  /** The command that runs the job has made the journal; no option says so. */
  readonly journalMade?: boolean;
}

/** The journal that a job keeps: plain data. */
export interface JournalSettings {
  readonly mode: JournalMode;
  /** What it may grow to, in bytes. */
  readonly maxBytes?: number;
  /** Whether a journal of an earlier run is thrown away for it. */
  readonly replace: boolean;
  /** Whether somebody else makes it. */
  readonly isMade: boolean;
}

const modes = ['off', 'transitions', 'full'] as const;
const units: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
/** Less than this would not hold the start of a job. */
const smallestBytes = 64 * 1024;

/** Reads the options: `undefined` where no journal is kept. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function journalSettings(given: JournalOptions): JournalSettings | undefined {
  const { journal: text = 'off', journalSize, journalReplace } = given;
  const mode = modes.find((each) => each === text);
  if (mode === undefined) {
    throw wrongOption('--journal', `'${text}' is none of ${modes.join(', ')}`);
  }
  if (mode === 'off') {
    const problem = 'it needs --journal transitions or --journal full';
    if (journalSize !== undefined) throw wrongOption('--journal-size', problem);
    if (journalReplace) throw wrongOption('--journal-replace', problem);
    return undefined;
  }
  return {
    mode,
    replace: journalReplace ?? false,
    isMade: given.journalMade ?? false,
    ...(journalSize === undefined ? {} : { maxBytes: bytesOf(journalSize) }),
  };
}

function bytesOf(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([KMG]?)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (units[unit] ?? 1));
  if (digits !== '' && Number.isSafeInteger(bytes) && bytes >= smallestBytes) return bytes;
  throw wrongOption(
    '--journal-size',
    `'${text}' is no size of ${String(smallestBytes)} bytes or more, such as 500M or 4G`,
  );
}
