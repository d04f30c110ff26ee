import {
  branchName,
  listedError,
  type AllocateBuffer,
  type BranchDescription,
} from '../../edm/index.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';

/** Products that go from one lane to another: what `one` modules read and put, and what is put into lumis and runs. */
function crossing({ construction, registry }: ResolvedProcess): {
  readonly branch: BranchDescription;
  readonly why: string;
}[] {
  const isOne = (node: number | undefined) => construction.modules[node ?? -1]?.type.kind === 'one';
  const labelOf = (node: number) => construction.modules[node]?.label ?? '';
  const event = registry.branches('event').flatMap((branch, slot) => {
    const reader = registry.reads.event.find((read) => read.slot === slot && isOne(read.reader));
    if (reader !== undefined) return [{ branch, why: `${labelOf(reader.reader)} reads it` }];
    const maker = registry.makerOf('event', slot);
    return isOne(maker) ? [{ branch, why: `${labelOf(maker ?? -1)} puts it` }] : [];
  });
  const blocks = (['lumi', 'run'] as const).flatMap((level) =>
    registry.branches(level).map((branch) => ({ branch, why: `it is put into the ${level}` })),
  );
  return [...event, ...blocks];
}

/**
 * A process that has several lanes: what goes from one to another is allocated in shared memory. Throws one
 * `EDMESH_CONFIGURATION` error that lists every transient product that would have to go there.
 */
export function amongOthers(resolved: ResolvedProcess, allocate: AllocateBuffer): ResolvedProcess {
  const all = crossing(resolved);
  const problems = all
    .filter(({ branch }) => branch.type.layout === 'transient')
    .map(
      ({ branch, why }) =>
        `${branchName(branch)} is transient and cannot go to another lane, but ${why}; use one thread`,
    );
  if (problems.length > 0) {
    const title = `process ${resolved.data.name} cannot run in several lanes`;
    throw listedError('EDMESH_CONFIGURATION', title, problems);
  }
  const types = new Set(all.map(({ branch }) => branch.friendlyType));
  if (types.size === 0) return resolved;
  const allocateShared: AllocateBuffer = (bytes, type) =>
    types.has(type) ? new SharedArrayBuffer(bytes) : allocate(bytes, type);
  return { ...resolved, tables: { ...resolved.tables, allocate: allocateShared } };
}
