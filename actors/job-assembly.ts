import { JobDigest, noTransitions } from '../edm/index.ts';
import { Claims } from './claims.ts';
import type { SetupInstant } from './conditions.ts';
import { EdmStream } from './edm-stream.ts';
import type { Environment } from './environment.ts';
import { exceptionPolicy } from './exception-policy.ts';
import { HookCaller, type HookTarget } from './hook-caller.ts';
import type { JobErrors } from './job-errors.ts';
import type { JobOptions } from './job-options.ts';
import { Lane } from './lane.ts';
import { OneGate } from './one-gate.ts';
import type { ResolvedProcess } from './resolve.ts';
import { RunLumiBook } from './run-lumi-book.ts';
import { RunLumiCoordinator } from './run-lumi-coordinator.ts';
import type { SourceReader, TransitionCounts } from '../edm/index.ts';

/** The parts of a job that exist once its process is resolved and its source is open. */
export interface JobAssembly {
  readonly claims: Claims;
  readonly book: RunLumiBook;
  readonly hooks: HookCaller;
  readonly streams: readonly EdmStream[];
  readonly digest: JobDigest | undefined;
  readonly transitions: TransitionCounts;
  /** Every module instance once: for each label those of all EDM streams, or the single one. */
  readonly instances: readonly HookTarget[];
}

/** What a job is assembled from. */
export interface AssemblyParts {
  readonly resolved: ResolvedProcess;
  readonly reader: SourceReader;
  readonly options: JobOptions;
  readonly environment: Environment;
  readonly errors: JobErrors;
  readonly setupAt: (instant: SetupInstant) => Promise<readonly unknown[]>;
  /** The source has come to another luminosity block. */
  readonly sourceAt: (run: number, lumi: number) => void;
  /** Every EDM stream has ended, and every run and lumi. */
  readonly streamsEnded: () => void;
}

/** Puts a job together: module instances, EDM streams, and what they share. Throws what a module's construct throws. */
export function assembleJob(parts: AssemblyParts): JobAssembly {
  const { resolved, options, environment, errors } = parts;
  const { data, construction } = resolved;
  const transitions = noTransitions();
  const claims = new Claims(parts.reader, {
    skip: options.skipEvents,
    maxEvents:
      options.maxEvents < 0 && options.runForSeconds !== undefined
        ? Number.POSITIVE_INFINITY
        : options.maxEvents,
  });
  const hooks = new HookCaller(resolved, errors);
  const perStream = Array.from({ length: options.streams }, (_, streamIndex) =>
    construction.modules.map(({ label, type, first, another }, index): HookTarget => {
      const own = type.kind === 'stream' && streamIndex > 0;
      return { index, label, instance: own ? another() : first };
    }),
  );
  const firsts = perStream[0] ?? [];
  const inOrder = (order: readonly number[]) =>
    order.map((node) => firsts[node]).filter((target) => target !== undefined);

  const streams: EdmStream[] = [];
  let finished = 0;
  let ended = 0;
  const book = new RunLumiBook(
    concurrency(data.options, resolved, options.streams),
    { lumi: resolved.tables.lumi.branches.length, run: resolved.tables.run.branches.length },
    (block) => {
      for (const stream of streams) stream.lumiClosed(block);
    },
  );
  const checkEnd = () => {
    if (finished === streams.length && book.allEnded) for (const stream of streams) stream.end();
  };
  const coordinator = new RunLumiCoordinator({
    book,
    hooks,
    errors,
    transitions,
    runTargets: inOrder(resolved.runOrder),
    lumiTargets: inOrder(resolved.lumiOrder),
    setupAt: parts.setupAt,
    runBegun: () => {
      for (const stream of streams) stream.blockBegun();
    },
    lumiBegun: (block) => {
      parts.sourceAt(block.run.run, block.lumi);
      for (const stream of streams) stream.blockBegun();
    },
    allEnded: checkEnd,
  });
  const digest = options.digest ? new JobDigest() : undefined;
  const gates = construction.modules.map(({ type, first }) =>
    type.kind === 'one' && first.acquire !== undefined ? new OneGate() : undefined,
  );
  const shared = {
    resolved,
    environment,
    lane: new Lane(environment),
    claims,
    book,
    coordinator,
    hooks,
    errors,
    transitions,
    actionFor: exceptionPolicy(data.options),
    gates,
    digest,
    timing: options.timing,
    onEvent: options.onEvent,
    streamFinished: () => {
      finished++;
      coordinator.look();
    },
    streamEnded: () => {
      if (++ended === streams.length) parts.streamsEnded();
    },
  };
  perStream.forEach((targets, index) => {
    streams.push(new EdmStream(index, targets, shared));
  });
  const instances = perStream.flatMap((targets, streamIndex) =>
    targets.filter(({ index }) => {
      return streamIndex === 0 || construction.modules[index]?.type.kind === 'stream';
    }),
  );
  return { claims, book, hooks, streams, digest, transitions, instances };
}

/** How many blocks may be open; a `one` module that acts on runs or lumis sees one at a time. */
function concurrency(
  options: { readonly concurrentLumis: number; readonly concurrentRuns: number },
  resolved: ResolvedProcess,
  streams: number,
): { readonly lumis: number; readonly runs: number } {
  const watches = (...names: readonly ('beginRun' | 'endRun' | 'beginLumi' | 'endLumi')[]) =>
    resolved.construction.modules.some(
      ({ type, first }) => type.kind === 'one' && names.some((name) => first[name] !== undefined),
    );
  const lumis = options.concurrentLumis === 0 ? Math.min(2, streams) : options.concurrentLumis;
  return {
    lumis: watches('beginLumi', 'endLumi') ? 1 : lumis,
    runs: watches('beginRun', 'endRun') ? 1 : options.concurrentRuns,
  };
}
