/**
 * Orders nodes so that each comes after those it depends on, keeping the given order otherwise. Returns the order, or, where
 * nodes depend on each other, one cycle of each group that does. Iterative: chains may be long.
 */
export function dependencyOrder(
  count: number,
  dependenciesOf: (node: number) => Iterable<number>,
): { readonly order: number[] } | { readonly cycles: number[][] } {
  const unseen = -1;
  const numbers = new Int32Array(count).fill(unseen);
  /** The lowest number that each open node leads to; nodes of a finished group are closed. */
  const lowest = new Int32Array(count);
  const closed = new Uint8Array(count);
  const onItself = new Uint8Array(count);
  const waiting: number[] = [];
  const order: number[] = [];
  const cycles: number[][] = [];
  let seen = 0;
  for (let root = 0; root < count; root++) {
    if (numbers[root] !== unseen) continue;
    const path: { node: number; rest: Iterator<number> }[] = [];
    const enter = (node: number) => {
      numbers[node] = lowest[node] = seen++;
      waiting.push(node);
      path.push({ node, rest: dependenciesOf(node)[Symbol.iterator]() });
    };
    const leadsTo = (node: number, number: number) => {
      lowest[node] = Math.min(lowest[node] ?? 0, number);
    };
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node, rest } = top;
      const step = rest.next();
      if (step.done !== true) {
        if (step.value === node) onItself[node] = 1;
        if (numbers[step.value] === unseen) enter(step.value);
        else if (closed[step.value] !== 1) leadsTo(node, numbers[step.value] ?? 0);
        continue;
      }
      path.pop();
      order.push(node);
      const above = path.at(-1);
      if (above !== undefined) leadsTo(above.node, lowest[node] ?? 0);
      if (lowest[node] !== numbers[node]) continue;
      const group = waiting.splice(waiting.lastIndexOf(node));
      for (const each of group) closed[each] = 1;
      if (group.length > 1 || onItself[node] === 1) cycles.push(cycleIn(group, dependenciesOf));
    }
  }
  return cycles.length === 0 ? { order } : { cycles };
}

/** The shortest cycle through the first node of a group whose nodes all lead to each other. */
function cycleIn(
  group: readonly number[],
  dependenciesOf: (node: number) => Iterable<number>,
): number[] {
  const members = new Set(group);
  const first = group.reduce((a, b) => Math.min(a, b));
  const cameFrom = new Map<number, number>();
  const cycle: number[] = [];
  for (const pending = [first]; cycle.length === 0;) {
    const node = pending.shift() ?? first;
    for (const next of dependenciesOf(node)) {
      if (next === first) {
        for (let at = node; at !== first; at = cameFrom.get(at) ?? first) cycle.push(at);
        cycle.push(first);
        break;
      }
      if (!members.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      pending.push(next);
    }
  }
  return cycle.reverse();
}
