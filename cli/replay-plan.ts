import { selectEvents, type ReplaySelection, type ReplayWish } from '../actors/index.ts';
import { EdmeshError, type ProcessDefinition } from '../edm/index.ts';
import type { JournalSummary } from '../transport/index.ts';
import type { JournalSource } from './journal-source.ts';
import { followerSource } from './make-journal.ts';

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
  const { job, mode } = journal;
  const { name, source, modules } = data;
  const refuse = (why: string): EdmeshError =>
    new EdmeshError('EDMESH_REPLAY_REFUSED', `process ${name} cannot be replayed: ${why}`, {
      fields: { job, process: name },
    });
  const typed = (wanted: string) =>
    Object.entries(modules).filter(([, { type }]) => type === wanted);
  const isFollower = source?.type === followerSource;
  const controllers = typed('MPIController');
  if (!isFollower && controllers.length === 0) {
    throw refuse(
      'it has neither an MPISource nor an MPIController, so that a journal holds nothing of it',
    );
  }
  const receivers = typed('MPIReceiver').map(([label]) => label);
  if (mode === 'transitions' && receivers.length > 0) {
    throw refuse(
      `the journal of job ${job} holds transitions alone, but it has receivers, which need products: ` +
        `${receivers.join(', ')}; record the job with --journal full`,
    );
  }
  const hasWish = Object.keys(wish).length > 0;
  const needsEvents = hasWish || !isFollower;
  const summary = await journal.summary({ events: needsEvents, processesOnly: !needsEvents });
  const { processes } = summary;
  const own = processes.find(({ process }) => process === name)?.endpoints;
  const others = processes.map(({ process }) => process);
  if (own === undefined) {
    throw refuse(`the journal of job ${job} knows ${others.join(', ') || 'no process'} alone`);
  }
  const partners = isFollower ? [String(source.parameters.controller)] : [];
  for (const [, { parameters }] of controllers) {
    partners.push(...(Array.isArray(parameters.followers) ? parameters.followers.map(String) : []));
  }
  const strangers = partners.filter((partner) => !others.includes(partner));
  if (strangers.length > 0) {
    throw refuse(
      `the journal of job ${job} has no process ${strangers.join(', ')}, with which it is linked`,
    );
  }
  if (!needsEvents) return { processes, selection: undefined, own: undefined };
  const end = isFollower ? 'to' : 'from';
  const events = summary.events.filter((event) => own.includes(event[end]));
  if (events.length === 0) throw refuse(`the journal of job ${job} has no event of it`);
  const controller = new Map<number, number>();
  for (const { from, block } of events) {
    controller.set(block, summary.runNumbers.get(`${from} ${String(block)}`) ?? 0);
  }
  const selection = selectEvents(events, wish, (block) => controller.get(block) ?? 0);
  const { first, last } = selection;
  return {
    processes,
    selection: hasWish ? selection : undefined,
    own: isFollower
      ? undefined
      : { skip: hasWish ? first : 0, take: hasWish ? last - first + 1 : last + 1 },
  };
}
