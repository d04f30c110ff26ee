import {
  branchName,
  silentLogger,
  sourceLabel,
  type ModuleKind,
  type ModuleRole,
  type ProcessDefinition,
} from '../edm/index.ts';
import { resolveProcess } from './resolve.ts';
import { sourceIndex } from './product-registry.ts';

/** The graph of a process: what runs, on which path, and which products flow. */
export interface ProcessGraph {
  readonly process: string;
  readonly modules: readonly {
    readonly label: string;
    readonly type: string;
    readonly role: ModuleRole | 'source';
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
  readonly paths: Readonly<Record<string, readonly string[]>>;
  readonly endPaths: Readonly<Record<string, readonly string[]>>;
  /** What is not wrong but worth knowing, such as a module that will never run. */
  readonly warnings: readonly string[];
}

/** Constructs the modules of a process, checks everything and returns its graph. Throws one error with ALL problems. */
export function processGraph(definition: ProcessDefinition): ProcessGraph {
  const resolved = resolveProcess(definition, {
    logger: silentLogger,
    allocate: (bytes) => new ArrayBuffer(bytes),
    warmUp: true,
  });
  const { plan, registry, construction, data } = resolved;
  const levels = ['event', 'lumi', 'run'] as const;
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
  const edges = levels.flatMap((level) =>
    registry.reads[level].flatMap(({ reader, slot }) => {
      const branch = registry.branches(level)[slot];
      const to = plan.labels[reader];
      if (branch === undefined || to === undefined) return [];
      return [{ from: branch.moduleLabel, to, branch: branchName(branch) }];
    }),
  );
  return {
    process: data.name,
    modules: [source, ...modules],
    edges,
    paths: namesOf(plan.paths, plan.labels),
    endPaths: namesOf(plan.endPaths, plan.labels),
    warnings: resolved.warnings,
  };
}

function namesOf(
  paths: readonly {
    readonly name: string;
    readonly positions: readonly { readonly node: number }[];
  }[],
  labels: readonly string[],
): Record<string, readonly string[]> {
  return Object.fromEntries(
    paths.map(({ name, positions }) => [name, positions.map(({ node }) => labels[node] ?? '')]),
  );
}
