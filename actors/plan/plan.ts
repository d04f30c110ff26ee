/** What a path does with the decision of a module on it. */
export type PathOperation = 'take' | 'negate' | 'ignore';

/** One position of a path. */
export interface PathPosition {
  readonly node: number;
  readonly operation: PathOperation;
}

/** A list of numbers for each node, all in one array: those of node n are `items[start[n]]` to `items[start[n + 1] - 1]`. */
export interface NodeLists {
  readonly start: Int32Array;
  readonly items: Int32Array;
}

/** Packs lists. */
export function packLists(lists: readonly Iterable<number>[]): NodeLists {
  const arrays = lists.map((list) => [...list]);
  const start = new Int32Array(arrays.length + 1);
  arrays.forEach((list, node) => {
    start[node + 1] = (start[node] ?? 0) + list.length;
  });
  return { start, items: Int32Array.from(arrays.flat()) };
}

/** The list of one node. */
export function listOf(lists: NodeLists, node: number): Int32Array {
  return lists.items.subarray(lists.start[node], lists.start[node + 1]);
}

/** A path, or an end path, resolved to nodes. */
export interface PathPlan {
  readonly name: string;
  readonly positions: readonly PathPosition[];
  /** The node that stands for the status of this path. */
  readonly statusNode: number;
  /** Slot of the status product. */
  readonly statusSlot: number;
}

/** Operations as numbers. */
export const OperationCode = { take: 0, negate: 1, ignore: 2 } as const satisfies Record<
  PathOperation,
  number
>;

/** Positions of all paths: those of path p are from `start[p]` to `start[p + 1] - 1`. */
export interface PackedPaths {
  readonly start: Int32Array;
  readonly nodes: Int32Array;
  readonly operations: Int32Array;
  /** 1 where all inputs of the module come earlier on the same path, so that they have settled when the path is there. */
  readonly inOrder: Uint8Array;
}

/** Packs paths into arrays of numbers. */
export function packPaths(paths: readonly PathPlan[], inputs: NodeLists): PackedPaths {
  const nodes = packLists(paths.map(({ positions }) => positions.map(({ node }) => node)));
  const operations = packLists(
    paths.map(({ positions }) => positions.map(({ operation }) => OperationCode[operation])),
  );
  const inOrder = paths.flatMap(({ positions }) => {
    const before = new Set<number>();
    return positions.map(({ node }) => {
      const all = listOf(inputs, node).every((input) => before.has(input));
      before.add(node);
      return Number(all);
    });
  });
  return {
    start: nodes.start,
    nodes: nodes.items,
    operations: operations.items,
    inOrder: Uint8Array.from(inOrder),
  };
}

/**
 * The graph of a process as the scheduler runs it. Nodes are numbered: first the modules, then the statuses of the paths,
 * the trigger results, and the statuses of the end paths.
 */
export interface SchedulePlan {
  /** Labels by node. */
  readonly labels: readonly string[];
  readonly moduleCount: number;
  readonly paths: readonly PathPlan[];
  readonly endPaths: readonly PathPlan[];
  readonly triggerResultsNode: number;
  readonly triggerResultsSlot: number;
  /** Whether any module reads the trigger results. */
  readonly triggerResultsRead: boolean;
  /** For each node the nodes whose products it reads. */
  readonly inputs: NodeLists;
  /** For each node the nodes that read its products. */
  readonly readers: NodeLists;
  /** For each node 1 when asking for it makes it run, 0 when only its path does. */
  readonly onDemand: Uint8Array;
  /** For each node the positions that name it, as pairs (path number, position); end paths count on from the paths. */
  readonly positionsOf: NodeLists;
  /** For each node 1 when it runs even where an input failed. */
  readonly runsAnyway: Uint8Array;
}

/** What became of the paths of one event, for counting. */
export interface PathCounts {
  run: number;
  pass: number;
  fail: number;
  exception: number;
}
