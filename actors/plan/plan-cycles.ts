import { dependencyOrder } from './graph-order.ts';
import { listOf, type PathPosition, type SchedulePlan } from './plan.ts';

/**
 * Says where modules wait for each other: one cycle of each group that does, and why each of it waits for the next where
 * that is not only what they read.
 */
export function cycleProblems(plan: SchedulePlan): string[] {
  const found = dependencyOrder(plan.labels.length, (node) => mustComeBefore(plan, node));
  return 'order' in found ? [] : found.cycles.map((cycle) => cycleText(plan, cycle));
}

function cycleText(plan: SchedulePlan, found: readonly number[]): string {
  const next = (at: number, cycle: readonly number[]) => cycle[(at + 1) % cycle.length] ?? 0;
  const reads = (at: number, cycle: readonly number[]) =>
    listOf(plan.inputs, cycle[at] ?? 0).includes(next(at, cycle));
  const isRead = found.map((_, at) => reads(at, found));
  // Begins with a read after what is no read, so that what is said about the order refers back.
  const start = Math.max(
    0,
    isRead.findIndex((each, at) => each && isRead.at(at - 1) === false),
  );
  const cycle = [...found.slice(start), ...found.slice(0, start)];
  const label = (at: number) => plan.labels[cycle[at % cycle.length] ?? 0] ?? '';
  const around = [...cycle.keys(), 0].map(label).join(' → ');
  if (!isRead.includes(false)) return `modules wait for each other: ${around}`;
  const reasons = cycle.map((node, at) => {
    const name = cycle.length === 2 && at === 1 ? 'it' : label(at + 1);
    return reads(at, cycle) ? `reads ${name}` : orderText(plan, node, next(at, cycle), name);
  });
  return `modules wait for each other: ${around}; ${label(0)} ${reasons.join(', which ')}`;
}

/** Why a node waits for one that it does not read; `name` is how that one is called. */
function orderText(plan: SchedulePlan, node: number, before: number, name: string): string {
  const paths = [
    ...plan.paths.map((path) => ({ path, kind: 'path' })),
    ...plan.endPaths.map((path) => ({ path, kind: 'end path' })),
  ];
  const own = paths.find(({ path }) => path.statusNode === node);
  if (own !== undefined) return `is the status of a path with ${name}`;
  if (node === plan.triggerResultsNode) return `lists the status of path ${name}`;
  if (before === plan.triggerResultsNode)
    return `stands on end paths alone, which come after ${name}`;
  const ordered = paths.find(({ path: { positions } }) => {
    const at = positions.findIndex((each) => each.node === node);
    return positions.slice(0, Math.max(0, at)).some((each) => each.node === before);
  });
  return `stands after ${name} on ${ordered?.kind ?? 'path'} ${ordered?.path.name ?? ''}`;
}

/** What must have settled before a node can: its inputs, and what every path that leads to it runs first. */
function mustComeBefore(plan: SchedulePlan, node: number): Set<number> {
  const before = new Set(listOf(plan.inputs, node));
  const paths = [...plan.paths, ...plan.endPaths];
  const own = paths.find((path) => path.statusNode === node);
  if (own !== undefined) for (const { node: member } of own.positions) before.add(member);
  if (node === plan.triggerResultsNode) for (const path of plan.paths) before.add(path.statusNode);
  const pairs = listOf(plan.positionsOf, node);
  if (plan.onDemand[node] === 1 || pairs.length === 0) return before;
  if (onlyOnEndPaths(plan, pairs)) before.add(plan.triggerResultsNode);
  const predecessors: Set<number>[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const positions = paths[pairs[i] ?? 0]?.positions ?? [];
    const position = pairs[i + 1] ?? 0;
    // Where a path is the only way to a node, the one before it that is so too carries what is before that.
    const carries = (each: PathPosition) =>
      plan.onDemand[each.node] !== 1 && listOf(plan.positionsOf, each.node).length === 2;
    const before = positions.slice(0, position);
    const from = pairs.length === 2 ? Math.max(0, before.findLastIndex(carries)) : 0;
    predecessors.push(new Set(before.slice(from).map((each) => each.node)));
  }
  const [first = new Set<number>(), ...rest] = predecessors;
  for (const each of first) {
    if (each !== node && rest.every((set) => set.has(each))) before.add(each);
  }
  return before;
}

function onlyOnEndPaths(plan: SchedulePlan, pairs: Int32Array): boolean {
  return pairs.every((path, index) => index % 2 === 1 || path >= plan.paths.length);
}
