import { EdmeshError, JobDigest, noTransitions, type TransitionCounts } from '../../edm/index.ts';
import type { EventClaims } from '../source/claims.ts';
import { EdmStream } from '../stream/edm-stream.ts';
import type { Environment } from '../environment.ts';
import type { EventBoard } from '../stream/event-board.ts';
import { exceptionPolicy } from '../job/exception-policy.ts';
import type { LaneGpu } from '../gpu/index.ts';
import { HookCaller, type HookTarget } from '../stream/hook-caller.ts';
import type { JobOptions } from '../job/job-options.ts';
import { sliceMs, StreamTurns } from '../stream/stream-turns.ts';
import { LaneBook } from './lane-book.ts';
import type { LaneClaims } from './lane-claims.ts';
import type { LaneConnection } from './lane-connection.ts';
import type { LaneErrors } from './lane-errors.ts';
import type { LaneReports } from './lane-handle.ts';
import type { LanePeers } from './lane-peers.ts';
import type { LanePlace } from './lane-places.ts';
import { oneElsewhere } from './one-elsewhere.ts';
import { OneGate } from './one-gate.ts';
import { packChanged } from './packed-products.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';

/** The parts of a lane that exist once its process is resolved and its source is open. */
export interface LaneAssembly {
  readonly claims: EventClaims;
  readonly book: LaneBook;
  readonly hooks: HookCaller;
  readonly streams: readonly EdmStream[];
  readonly digest: JobDigest | undefined;
  readonly transitions: TransitionCounts;
  /** Every module instance of this lane once: for each label those of all EDM streams, or the single one. */
  readonly instances: readonly HookTarget[];
  /** The instances that global run and lumi transitions go to, in order. */
  readonly runTargets: readonly HookTarget[];
  readonly lumiTargets: readonly HookTarget[];
}

/** What a lane is assembled from. */
export interface LaneAssemblyParts {
  readonly place: LanePlace;
  readonly resolved: ResolvedProcess;
  readonly source: Pick<LaneClaims, 'claims' | 'numbers'>;
  readonly connection: LaneConnection | undefined;
  readonly gpu: LaneGpu | undefined;
  readonly options: LaneOptions;
  readonly environment: Environment;
  readonly board: EventBoard;
  readonly errors: LaneErrors;
  readonly reports: LaneReports;
  /** The other lanes. */
  readonly peers: LanePeers | undefined;
  /** Every EDM stream has ended. */
  readonly streamsEnded: () => void;
}

/** The options of a job that a lane needs to know. */
export type LaneOptions = Pick<JobOptions, 'digest' | 'timing' | 'onEvent' | 'mesh' | 'gpu'>;

/** Puts a lane together: module instances, EDM streams, and what they share. Throws what a module's construct throws. */
export function assembleLane(parts: LaneAssemblyParts): LaneAssembly {
  const { place, resolved, options, environment, errors, reports } = parts;
  const { claims, numbers } = parts.source;
  const { data, construction, tables } = resolved;
  const isHome = place.index === 0;
  const transitions = noTransitions();
  const { peers } = parts;
  const hooks = new HookCaller(
    resolved,
    errors,
    isHome && peers !== undefined
      ? (name, block, target) => peers.endElsewhere(name, block, target)
      : undefined,
  );
  const streams: EdmStream[] = [];
  const elsewhere = (node: number, at: number) =>
    oneElsewhere(
      node,
      resolved,
      () => known(streams[at], 'an EDM stream').principal,
      () => known(peers, 'the other lanes').home,
    );
  const perStream = place.streams.map((_, at) =>
    construction.modules.map((module, index): HookTarget => {
      const { label, type, first, another } = module;
      if (type.kind === 'one' && !isHome) {
        return { index, label, instance: elsewhere(index, at) };
      }
      return { index, label, instance: type.kind === 'stream' && at > 0 ? another() : first };
    }),
  );
  const kindOf = (index: number) => construction.modules[index]?.type.kind;
  // What is one in the process, or the first of all EDM streams, is in the first lane.
  const globals = (perStream[0] ?? []).map((target) =>
    isHome || kindOf(target.index) === 'global' ? target : undefined,
  );
  const inOrder = (order: readonly number[]) =>
    order.map((node) => globals[node]).filter((target) => target !== undefined);

  let finished = 0;
  let ended = 0;
  const book: LaneBook = new LaneBook(
    numbers(reports.found),
    { lumi: tables.lumi.branches.length, run: tables.run.branches.length },
    {
      closed: (block) => {
        for (const stream of streams) stream.lumiClosed(block);
      },
      lumiLeft: ({ number, finished, gathered }) => {
        reports.lumiLeft(number, finished, packChanged(tables.lumi, gathered ?? [], []));
      },
      runLeft: ({ number, gathered }) => {
        reports.runLeft(number, packChanged(tables.run, gathered ?? [], []));
      },
    },
  );
  let inputHasEnded = false;
  const gates = construction.modules.map(({ type, first }) =>
    type.kind === 'one' && isHome && first.acquire !== undefined ? new OneGate() : undefined,
  );
  const digest = options.digest ? new JobDigest() : undefined;
  const shared = {
    resolved,
    environment,
    turns: new StreamTurns(
      environment,
      place.lanes > 1 || parts.connection !== undefined ? sliceMs.amongOthers : sliceMs.alone,
    ),
    claims,
    connection: parts.connection,
    gpu: parts.gpu,
    book,
    board: parts.board,
    hooks,
    errors,
    transitions,
    actionFor: exceptionPolicy(data.options),
    elsewhere: new Set(
      construction.modules.flatMap(({ type }, node) =>
        type.kind === 'one' && !isHome ? [node] : [],
      ),
    ),
    gates,
    digest,
    timing: options.timing,
    onEvent: options.onEvent,
    inputEnded: () => {
      book.closeInput();
      if (!inputHasEnded) reports.inputEnded(book.claimed);
      inputHasEnded = true;
    },
    streamFinished: () => {
      if (++finished === streams.length) reports.streamsFinished();
    },
    streamEnded: () => {
      if (++ended === streams.length) parts.streamsEnded();
    },
  };
  perStream.forEach((targets, at) => {
    streams.push(new EdmStream({ index: place.streams[at] ?? 0, place: at }, targets, shared));
  });
  const instances = perStream.flatMap((targets, at) =>
    targets.filter(({ index }) => {
      const kind = kindOf(index);
      if (kind === 'stream') return true;
      return at === 0 && (isHome || kind === 'global');
    }),
  );
  const ofGlobals = globals.filter((target) => target !== undefined);
  peers?.open({
    resolved,
    book,
    errors,
    environment,
    gates,
    globals: new Map(ofGlobals.map((target) => [target.index, target])),
  });
  return {
    claims,
    book,
    hooks,
    streams,
    digest,
    transitions,
    instances,
    runTargets: inOrder(resolved.runOrder),
    lumiTargets: inOrder(resolved.lumiOrder),
  };
}

function known<T>(part: T | undefined, what: string): T {
  if (part === undefined) throw new EdmeshError('EDMESH_INTERNAL', `${what}: not there yet`);
  return part;
}
