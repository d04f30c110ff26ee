/**
 * Orders nodes so that each comes after those it depends on, keeping the given order otherwise. Returns the order, or one
 * cycle. Iterative: chains may be long.
 */
export function dependencyOrder(
  count: number,
  dependenciesOf: (node: number) => Iterable<number>,
): { readonly order: number[] } | { readonly cycle: number[] } {
  const unseen = 0;
  const open = 1;
  const closed = 2;
  const marks = new Uint8Array(count);
  const order: number[] = [];
  for (let root = 0; root < count; root++) {
    if (marks[root] !== unseen) continue;
    const path: { node: number; rest: Iterator<number> }[] = [];
    const enter = (node: number) => {
      marks[node] = open;
      path.push({ node, rest: dependenciesOf(node)[Symbol.iterator]() });
    };
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const step = top.rest.next();
      if (step.done === true) {
        marks[top.node] = closed;
        order.push(top.node);
        path.pop();
      } else if (marks[step.value] === open) {
        const start = path.findIndex(({ node }) => node === step.value);
        return { cycle: path.slice(start).map(({ node }) => node) };
      } else if (marks[step.value] === unseen) enter(step.value);
    }
  }
  return { order };
}
