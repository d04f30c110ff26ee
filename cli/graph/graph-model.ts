import type { ProcessGraph } from '../../actors/index.ts';

type Module = ProcessGraph['modules'][number];

/** What is drawn with a label: a module, the source, an event setup producer, or what the framework puts. */
export interface GraphNode extends Pick<Module, 'label' | 'type' | 'paths'> {
  readonly role: Module['role'] | 'setup';
  /** What paths do with its decisions beside taking them: `negated on p`. */
  readonly notes: readonly string[];
  /** Whether it is a module that stands on no path and runs when it is asked for. */
  readonly onDemand: boolean;
}

/** Colours of paths, as fill and outline; paths beyond them begin again. */
const colours = [
  ['#dbeafe', '#2563eb'],
  ['#dcfce7', '#16a34a'],
  ['#ffedd5', '#ea580c'],
  ['#f3e8ff', '#9333ea'],
  ['#fce7f3', '#db2777'],
  ['#fef9c3', '#a16207'],
  ['#ccfbf1', '#0d9488'],
  ['#fee2e2', '#dc2626'],
] as const;
const unscheduled = ['#ffffff', '#8c959f'] as const;

/** What a graph looks like, whatever draws it. */
export interface GraphModel {
  /** Paths and end paths in order, with their colours. */
  readonly paths: readonly PathStyle[];
  readonly nodes: readonly GraphNode[];
  /** Fill and outline of a node: those of the first path that lists it. */
  colourOf(node: GraphNode): { readonly fill: string; readonly line: string };
  /** Data that flow from one node to another: one edge a pair, with the names of the products. */
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly products: string[];
  }[];
  /** What a filter decides about: the module that comes next on a path, unless the path ignores the decision. */
  readonly decisions: readonly {
    readonly from: string;
    readonly to: string;
    readonly path: string;
    /** Whether the next module runs where the filter rejects. */
    readonly negated: boolean;
  }[];
}

/** A path with its colours. */
export interface PathStyle {
  readonly name: string;
  readonly kind: 'path' | 'end path';
  readonly fill: string;
  readonly line: string;
}

/** Works out what to draw. */
export function graphModel(graph: ProcessGraph): GraphModel {
  const named = [
    ...Object.keys(graph.paths).map((name) => ({ name, kind: 'path' as const })),
    ...Object.keys(graph.endPaths).map((name) => ({ name, kind: 'end path' as const })),
  ];
  const paths = named.map((path, i) => {
    const [fill, line] = colours[i % colours.length] ?? unscheduled;
    return { ...path, fill, line };
  });
  return {
    paths,
    nodes: nodesOf(graph),
    colourOf(node) {
      const [fill, line] = unscheduled;
      return paths.find(({ name }) => node.paths.includes(name)) ?? { fill, line };
    },
    edges: joinedEdges(graph),
    decisions: decisionsOf(graph),
  };
}

function nodesOf(graph: ProcessGraph): GraphNode[] {
  const modules = graph.modules.map((module): GraphNode => {
    const { label, type, role, paths } = module;
    const isModule = role !== 'source' && role !== 'framework';
    return {
      label,
      type,
      role,
      paths,
      notes: notesOf(graph, module),
      onDemand: isModule && paths.length === 0,
    };
  });
  const setups = graph.eventSetup.map(({ label, type }): GraphNode => ({
    label,
    type,
    role: 'setup',
    paths: [],
    notes: [],
    onDemand: false,
  }));
  return [...modules, ...setups];
}

function notesOf(graph: ProcessGraph, { label }: Module): string[] {
  const words = { take: undefined, negate: 'negated', ignore: 'ignored' } as const;
  return Object.entries({ ...graph.paths, ...graph.endPaths }).flatMap(([path, items]) => {
    const done = words[items.find((item) => item.label === label)?.operation ?? 'take'];
    return done === undefined ? [] : [`${done} on ${path}`];
  });
}

function joinedEdges(graph: ProcessGraph): GraphModel['edges'] {
  const edges = new Map<string, { from: string; to: string; products: string[] }>();
  const all = [
    ...graph.edges.map(({ from, to, branch }) => ({ from, to, product: productOf(branch, from) })),
    ...graph.setupEdges,
  ];
  for (const { from, to, product } of all) {
    const key = `${from} ${to}`;
    const edge = edges.get(key) ?? { from, to, products: [] };
    edges.set(key, edge);
    if (!edge.products.includes(product)) edge.products.push(product);
  }
  return [...edges.values()];
}

/** What of a branch name is not known from the edge: type and, where there is one, instance. */
function productOf(branch: string, label: string): string {
  const [type = '', ...rest] = branch.split(`_${label}_`);
  const instance = rest.join('').split('_')[0] ?? '';
  return instance === '' ? type : `${type} ${instance}`;
}

function decisionsOf(graph: ProcessGraph): GraphModel['decisions'] {
  const roles = new Map(graph.modules.map(({ label, role }) => [label, role]));
  return Object.entries({ ...graph.paths, ...graph.endPaths }).flatMap(([path, items]) =>
    items.flatMap(({ label: from, operation }, i) => {
      const to = items[i + 1]?.label;
      const decides = roles.get(from) === 'filter' && operation !== 'ignore';
      return to !== undefined && decides
        ? [{ from, to, path, negated: operation === 'negate' }]
        : [];
    }),
  );
}
