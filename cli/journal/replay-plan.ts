import { selectEvents, type ReplaySelection, type ReplayWish } from '../../actors/index.ts';
import { EdmeshError, type ProcessDefinition } from '../../edm/index.ts';
import type { JournalSummary } from '../../transport/index.ts';
import type { JournalSource } from './journal-source.ts';
import { followerSource } from './make-journal.ts';

type ProcessData = ProcessDefinition['data'];

/** What is replayed of a journal. */
export interface ReplayPlan {
  readonly processes: JournalSummary['processes'];
  readonly selection: ReplaySelection | undefined;
  /** For a process with a source of its own: how many events it leaves out, and takes. */
  readonly own: { readonly skip: number; readonly take: number } | undefined;
}

/**
 * Looks at what a journal holds of a process, and at what the process would need. Throws `EDMESH_REPLAY_REFUSED` with the
 * reason, and what `selectEvents` throws.
 */
export async function replayPlan(
  journal: JournalSource,
  { data }: ProcessDefinition,
  wish: ReplayWish,
): Promise<ReplayPlan> {
  const { job } = journal;
  const { name } = data;
  const refuse = (why: string): EdmeshError =>
    new EdmeshError('EDMESH_REPLAY_REFUSED', `process ${name} cannot be replayed: ${why}`, {
      fields: { job, process: name },
    });
  const unfit = unfitFor(journal, data);
  if (unfit !== undefined) throw refuse(unfit);
  const isFollower = data.source?.type === followerSource;
  const hasWish = Object.keys(wish).length > 0;
  const needsEvents = hasWish || !isFollower;
  const summary = await journal.summary({ events: needsEvents, processesOnly: !needsEvents });
  const { processes } = summary;
  const own = processes.find(({ process }) => process === name)?.endpoints;
  const others = processes.map(({ process }) => process);
  if (own === undefined) {
    throw refuse(`the journal of job ${job} knows ${others.join(', ') || 'no process'} alone`);
  }
  const strangers = partnersOf(data).filter((partner) => !others.includes(partner));
  if (strangers.length > 0) {
    throw refuse(`the journal of job ${job} has no process ${strangers.join(', ')}, its partner`);
  }
  if (!needsEvents) return { processes, selection: undefined, own: undefined };
  const end = isFollower ? 'to' : 'from';
  const events = summary.events.filter((event) => own.includes(event[end]));
  if (events.length === 0) throw refuse(`the journal of job ${job} has no event of it`);
  const selection = selectEvents(events, wish, runsOf(events, summary));
  if (isFollower) return { processes, selection, own: undefined };
  const { first, last } = selection;
  return hasWish
    ? { processes, selection, own: { skip: first, take: last - first + 1 } }
    : { processes, selection: undefined, own: { skip: 0, take: last + 1 } };
}

/** Why a process cannot be replayed, whatever the journal holds of it. */
function unfitFor({ job, mode }: JournalSource, data: ProcessData): string | undefined {
  const isFollower = data.source?.type === followerSource;
  if (!isFollower && typed(data, 'MPIController').length === 0) {
    return 'it has neither an MPISource nor an MPIController, so that a journal holds nothing of it';
  }
  const receivers = typed(data, 'MPIReceiver').map(([label]) => label);
  if (mode === 'full' || receivers.length === 0) return undefined;
  return (
    `the journal of job ${job} holds transitions alone, but it has receivers, which need products: ` +
    `${receivers.join(', ')}; record the job with --journal full`
  );
}

/** The processes with which a process is linked. */
function partnersOf(data: ProcessData): string[] {
  const { source } = data;
  const controller =
    source?.type === followerSource && typeof source.parameters.controller === 'string'
      ? [source.parameters.controller]
      : [];
  const followers = typed(data, 'MPIController').flatMap(([, { parameters }]) =>
    Array.isArray(parameters.followers) ? parameters.followers.map(String) : [],
  );
  return [...controller, ...followers];
}

function typed({ modules }: ProcessData, wanted: string) {
  return Object.entries(modules).filter(([, { type }]) => type === wanted);
}

/** The number of the run of each luminosity block. */
function runsOf(
  events: JournalSummary['events'],
  { runNumbers }: JournalSummary,
): (block: number) => number {
  const runs = new Map(
    events.map(({ from, block }) => [block, runNumbers.get(`${from} ${String(block)}`) ?? 0]),
  );
  return (block) => runs.get(block) ?? 0;
}
