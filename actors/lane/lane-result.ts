import { EdmeshError, type Reduction } from '../../edm/index.ts';
import type { LaneAssembly } from './lane-assembly.ts';
import type { LaneErrors } from './lane-errors.ts';
import type { LaneResult, ModuleFigures } from './lane-handle.ts';
import type { PathCounts } from '../plan/plan.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';

/** Calls `endJob` of every module instance of a lane, and gathers the summaries. */
export async function endLane(
  assembly: LaneAssembly,
  resolved: ResolvedProcess,
  errors: LaneErrors,
  summaries: Map<string, unknown>,
): Promise<void> {
  for (const target of assembly.instances) {
    const partial = await assembly.hooks.endJob(target);
    if (partial === undefined) continue;
    const { label } = target;
    const problem = jsonProblem(partial);
    if (problem !== undefined) {
      const message = `the summary of ${label} is not plain data: ${problem}`;
      const error = new EdmeshError('EDMESH_MODULE_CONTRACT', message, { fields: { label } });
      errors.fail(error, `module ${label}`, 'endJob');
      continue;
    }
    const reduce = resolved.construction.modules[target.index]?.type.reduceSummary;
    try {
      addSummary(summaries, label, partial, reduce);
    } catch (error) {
      errors.fail(error, `module ${label}`, 'endJob');
    }
  }
}

/** What a lane has counted and gathered. `guestWallMs`: time that a module took over events of other lanes. */
export function laneResult(
  assembly: LaneAssembly,
  resolved: ResolvedProcess,
  summaries: ReadonlyMap<string, unknown>,
  guestWallMs: (node: number) => number,
): LaneResult {
  return {
    modules: moduleFigures(assembly, resolved, guestWallMs),
    paths: pathCounts(assembly),
    transitions: assembly.transitions,
    digest: assembly.digest?.sums() ?? [],
    summaries: [...summaries],
  };
}

/** Combines a partial summary with those before it. Throws what the reduction throws. */
export function addSummary(
  summaries: Map<string, unknown>,
  label: string,
  partial: unknown,
  reduce: Reduction<unknown> | undefined,
): void {
  const before = summaries.get(label);
  summaries.set(
    label,
    before === undefined || reduce === undefined ? partial : reduce(before, partial),
  );
}

function moduleFigures(
  { streams }: LaneAssembly,
  { plan }: ResolvedProcess,
  guestWallMs: (node: number) => number,
): Record<string, ModuleFigures> {
  const entries = plan.labels.slice(0, plan.moduleCount).map((label, node) => {
    const total = (name: keyof ModuleFigures) =>
      streams.reduce((sum, { counters }) => sum + (counters[name][node] ?? 0), 0);
    const figures: ModuleFigures = {
      run: total('run'),
      rejected: total('rejected'),
      failed: total('failed'),
      wallMs: total('wallMs') + guestWallMs(node),
    };
    return [label, figures] as const;
  });
  return Object.fromEntries(entries);
}

function pathCounts({ streams }: LaneAssembly): PathCounts[] {
  const paths = streams[0]?.schedule.pathCounts.length ?? 0;
  return Array.from({ length: paths }, (_, path) => {
    const total = (name: keyof PathCounts) =>
      streams.reduce((sum, { schedule }) => sum + (schedule.pathCounts[path]?.[name] ?? 0), 0);
    return {
      run: total('run'),
      pass: total('pass'),
      fail: total('fail'),
      exception: total('exception'),
    };
  });
}

/** Why a summary cannot be written as JSON, or `undefined`. */
function jsonProblem(summary: unknown): string | undefined {
  try {
    JSON.stringify(summary);
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0];
  }
}
