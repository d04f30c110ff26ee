import { idProblem, type MutableEventId } from '../edm/index.ts';
import type { ByteView } from './byte-view.ts';
import { readError } from './input-file.ts';
import { scanMdf } from './mdf-file.ts';
import { findOdin, type Odin } from './odin.ts';
import { banksProblem, type RawProblem } from './raw-banks.ts';

/** One entry of an MDF file: an event with its ids, or something corrupt that counts as one. */
export interface MdfEntry {
  readonly offset: number;
  readonly length: number;
  /** Why it cannot be read. Its ids are then run and lumi of the event before, with event 0. */
  readonly problem: RawProblem | undefined;
  readonly id: Readonly<MutableEventId>;
}

/** How an MDF file is indexed. */
export interface MdfIndexOptions {
  /** The name of the file, for messages. */
  readonly file: string;
  /** The luminosity block that all events belong to; the format knows none. */
  readonly lumi: number;
  /** Check every bank now, where the bytes are in memory; else up to ODIN only. */
  readonly allBanks: boolean;
}

/** Indexes an MDF file. Throws `EDMESH_FILE_READ` where nothing in it is an event. */
export function indexMdf(view: ByteView, options: MdfIndexOptions): MdfEntry[] {
  const { file, lumi, allBanks } = options;
  const entries: MdfEntry[] = [];
  let run: number | undefined;
  let anyEvent = false;
  for (const stretch of scanMdf(view)) {
    const { offset, length } = stretch;
    let problem = stretch.problem;
    let id: MutableEventId | undefined;
    if (problem === undefined) {
      anyEvent = true;
      const found = eventId(view, offset, length, lumi);
      if ('reason' in found) problem = found;
      else id = found;
      if (allBanks) problem ??= banksProblem(view, offset, offset + length);
    }
    run = id?.run ?? run;
    entries.push({
      offset,
      length,
      problem,
      id: id ?? { run: run ?? -1, lumi, event: 0, timeUs: 0 },
    });
  }
  const [first] = entries;
  if (!anyEvent) {
    const offset = first?.problem?.offset ?? 0;
    const reason = first?.problem?.reason ?? 'the file is empty';
    throw readError(file, `byte ${String(offset)}`, `not an MDF file: ${reason}`);
  }
  return withoutUnknownRun(entries, run ?? 0);
}

/** Corrupt entries before the first sound event take its run. */
function withoutUnknownRun(entries: MdfEntry[], fallback: number): MdfEntry[] {
  const known = entries.find((entry) => entry.id.run >= 0)?.id.run ?? fallback;
  return entries.map((entry) =>
    entry.id.run >= 0 ? entry : { ...entry, id: { ...entry.id, run: known } },
  );
}

function eventId(
  view: ByteView,
  offset: number,
  length: number,
  lumi: number,
): MutableEventId | RawProblem {
  const odin = findOdin(view, offset, offset + length);
  if ('reason' in odin) return odin;
  const id = { run: odin.run, lumi, event: Number(odin.event), timeUs: timeOf(odin) };
  const reason = idProblem(id);
  return reason === undefined ? id : { offset, reason };
}

/** Microseconds since 1970; emulated data fill the field with what is no time at all, which counts as unknown. */
function timeOf(odin: Odin): number {
  return odin.gpsTime <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(odin.gpsTime) : 0;
}
