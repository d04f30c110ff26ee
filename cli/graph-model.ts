import type { ProcessGraph } from '../actors/index.ts';

/** A module of the graph. */
export type GraphModule = ProcessGraph['modules'][number];

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
  /** Fill and outline of a module: those of the first path that lists it. */
  colourOf(module: GraphModule): { readonly fill: string; readonly line: string };
  /** Data that flow from one module to another: one edge a pair, with the names of the products. */
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly products: string[];
  }[];
  /** What a filter decides about: the module that comes next on a path. */
  readonly decisions: readonly {
    readonly from: string;
    readonly to: string;
    readonly path: string;
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
    colourOf(module) {
      const [fill, line] = unscheduled;
      return paths.find(({ name }) => module.paths.includes(name)) ?? { fill, line };
    },
    edges: joinedEdges(graph),
    decisions: decisionsOf(graph),
  };
}

function joinedEdges(graph: ProcessGraph): GraphModel['edges'] {
  const edges = new Map<string, { from: string; to: string; products: string[] }>();
  for (const { from, to, branch } of graph.edges) {
    const key = `${from} ${to}`;
    const edge = edges.get(key) ?? { from, to, products: [] };
    edges.set(key, edge);
    const product = productOf(branch, from);
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
  return Object.entries({ ...graph.paths, ...graph.endPaths }).flatMap(([path, items]) => {
    const labels = items.map((item) => item.replace(/^[!-]/, ''));
    return labels.flatMap((from, i) => {
      const to = labels[i + 1];
      return to !== undefined && roles.get(from) === 'filter' ? [{ from, to, path }] : [];
    });
  });
}
