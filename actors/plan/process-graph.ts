import {
  branchName,
  silentLogger,
  sourceLabel,
  type IntervalUnit,
  type ModuleKind,
  type ModuleRole,
  type ProcessDefinition,
} from '../../edm/index.ts';
import type { PathOperation, PathPlan } from './plan.ts';
import { sourceIndex } from './product-registry.ts';
import { resolveProcess, type ResolvedProcess } from './resolve.ts';

/** The graph of a process: what runs, on which path, and which products flow. */
export interface ProcessGraph {
  readonly process: string;
  /** The source, the modules, and what the framework itself puts where a module reads it: role `framework`. */
  readonly modules: readonly {
    readonly label: string;
    readonly type: string;
    readonly role: ModuleRole | 'source' | 'framework';
    readonly kind: ModuleKind;
    /** Names of the paths and end paths that list it. */
    readonly paths: readonly string[];
    /** Branch names. */
    readonly produces: readonly string[];
  }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly branch: string;
  }[];
  /** Event setup producers, each with its record and its product. */
  readonly eventSetup: readonly {
    readonly label: string;
    readonly type: string;
    readonly record: string;
    readonly unit: IntervalUnit;
    readonly product: string;
  }[];
  /** Event setup products that modules read. */
  readonly setupEdges: readonly {
    readonly from: string;
    readonly to: string;
    readonly product: string;
  }[];
  readonly paths: Readonly<Record<string, readonly GraphPathItem[]>>;
  readonly endPaths: Readonly<Record<string, readonly GraphPathItem[]>>;
  /** What is not wrong but worth knowing, such as a module that will never run. */
  readonly warnings: readonly string[];
}

/** A module on a path; `negate` and `ignore` are what the path does with the decision of a filter. */
interface GraphPathItem {
  readonly label: string;
  readonly operation: PathOperation;
}

const levels = ['event', 'lumi', 'run'] as const;

/** Constructs the modules of a process, checks everything and returns its graph. Throws one error with ALL problems. */
export function processGraph(definition: ProcessDefinition): ProcessGraph {
  const resolved = resolveProcess(definition, {
    logger: silentLogger,
    allocate: (bytes) => new ArrayBuffer(bytes),
    warmUp: true,
  });
  const { plan, registry, data } = resolved;
  const edges = levels.flatMap((level) =>
    registry.reads[level].flatMap(({ reader, slot }) => {
      const branch = registry.branches(level)[slot];
      const to = plan.labels[reader];
      if (branch === undefined || to === undefined) return [];
      return [{ from: branch.moduleLabel, to, branch: branchName(branch) }];
    }),
  );
  const items = (paths: readonly PathPlan[]) =>
    Object.fromEntries(paths.map((path) => [path.name, itemsOf(path, resolved)]));
  return {
    process: data.name,
    modules: [...modulesOf(resolved), ...frameworkNodes(resolved, edges)],
    edges,
    ...setupOf(resolved),
    paths: items(plan.paths),
    endPaths: items(plan.endPaths),
    warnings: resolved.warnings,
  };
}

function modulesOf({ plan, registry, construction }: ResolvedProcess): ProcessGraph['modules'] {
  const madeBy = (index: number) =>
    levels.flatMap((level) =>
      registry
        .branches(level)
        .filter((_, slot) => registry.makerOf(level, slot) === index)
        .map(branchName),
    );
  const pathsOf = (node: number) =>
    [...plan.paths, ...plan.endPaths]
      .filter(({ positions }) => positions.some((position) => position.node === node))
      .map(({ name }) => name);
  const source = {
    label: sourceLabel,
    type: construction.source?.type ?? '',
    role: 'source' as const,
    kind: 'one' as const,
    paths: [],
    produces: madeBy(sourceIndex),
  };
  const modules = construction.modules.map(({ label, type }, node) => ({
    label,
    type: type.typeName,
    role: type.moduleRole,
    kind: type.kind,
    paths: pathsOf(node),
    produces: madeBy(node),
  }));
  return [source, ...modules];
}

/** Trigger results and statuses of paths, where a module reads them. */
function frameworkNodes(
  { registry }: ResolvedProcess,
  edges: ProcessGraph['edges'],
): ProcessGraph['modules'] {
  const read = new Set(edges.map(({ branch }) => branch));
  return registry.branches('event').flatMap((branch, slot) => {
    const name = branchName(branch);
    if (registry.makerOf('event', slot) !== undefined || !read.has(name)) return [];
    const { moduleLabel: label, friendlyType: type } = branch;
    return [
      {
        label,
        type,
        role: 'framework' as const,
        kind: 'stream' as const,
        paths: [],
        produces: [name],
      },
    ];
  });
}

function setupOf({
  plan,
  construction,
}: ResolvedProcess): Pick<ProcessGraph, 'eventSetup' | 'setupEdges'> {
  const eventSetup = construction.setups.map(({ label, type }) => ({
    label,
    type: type.typeName,
    record: type.record.name,
    unit: type.record.unit,
    product: type.product.name,
  }));
  const makers = new Map(eventSetup.map(({ label, product }) => [product, label]));
  const setupEdges = construction.modules.flatMap(({ recorder }, node) =>
    recorder.declarations.flatMap((each) => {
      const from = each.kind === 'setup' ? makers.get(each.type.name) : undefined;
      if (each.kind !== 'setup' || from === undefined) return [];
      return [{ from, to: plan.labels[node] ?? '', product: each.type.name }];
    }),
  );
  return { eventSetup, setupEdges };
}

/** What stands on a path. Only the decision of a filter can be negated or ignored; end paths ignore all of them. */
function itemsOf(
  { positions }: PathPlan,
  { plan, construction }: ResolvedProcess,
): GraphPathItem[] {
  return positions.map(({ node, operation }) => {
    const isFilter = construction.modules[node]?.type.moduleRole === 'filter';
    return { label: plan.labels[node] ?? '', operation: isFilter ? operation : 'take' };
  });
}
