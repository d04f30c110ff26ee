import {
  configurationHash,
  createProcessHistory,
  emptyTokenTable,
  listedError,
  sourceLabel,
  triggerResultsLabel,
  type AllocateBuffer,
  type Logger,
  type ProcessData,
  type ProcessDefinition,
  type ProcessHistory,
  type TokenTable,
  type ViewTables,
} from '../../edm/index.ts';
import { buildPlan, neverRun } from './build-plan.ts';
import { constructAll, type Construction } from './construction.ts';
import type { LaneGpu } from '../gpu/index.ts';
import type { LaneConnection } from '../lane/lane-connection.ts';
import { dependencyOrder } from './graph-order.ts';
import type { SchedulePlan } from './plan.ts';
import { ProductRegistry } from './product-registry.ts';
import { version } from '../version.ts';

/** What construction takes from outside. */
export interface ConstructionContext {
  readonly logger: Logger;
  readonly allocate: AllocateBuffer;
  /** Whether the instances run warm-up events. */
  readonly warmUp: boolean;
  readonly connection?: LaneConnection | undefined;
  readonly gpu?: LaneGpu | undefined;
}

/** A process with first instances of all its modules, everything resolved and checked. */
export interface ResolvedProcess {
  readonly data: ProcessData;
  readonly construction: Construction;
  readonly registry: ProductRegistry;
  readonly plan: SchedulePlan;
  readonly tables: ViewTables;
  /** Tokens of event setup products; a slot is the index of its producer. */
  readonly setupTable: TokenTable;
  /** Module indices in the order in which lumi transitions call them. */
  readonly lumiOrder: readonly number[];
  /** Module indices in the order in which run transitions call them. */
  readonly runOrder: readonly number[];
  readonly configurationHash: string;
  readonly processHistory: ProcessHistory;
  readonly warnings: readonly string[];
}

/** Constructs and resolves a process. Throws one `EDMESH_CONFIGURATION` error that lists all problems. */
export function resolveProcess(
  definition: ProcessDefinition,
  context: ConstructionContext,
): ResolvedProcess {
  const { data } = definition;
  const problems: string[] = [...nameProblems(data), ...policyProblems(data)];
  const { logger, warmUp, connection, gpu } = context;
  const construction = constructAll({ definition, logger, warmUp, problems, connection, gpu });
  const registry = new ProductRegistry(construction, data, problems);
  const plan = buildPlan(data, construction, registry, problems);
  const setupTable = resolveSetup(construction, problems);
  const hookOrder = (level: 'lumi' | 'run'): readonly number[] => {
    const reads = registry.reads[level];
    const found = dependencyOrder(construction.modules.length, (node) =>
      reads
        .filter(({ reader, slot }) => reader === node && slot >= 0)
        .map(({ slot }) => registry.makerOf(level, slot) ?? -1)
        .filter((maker) => maker >= 0),
    );
    if ('order' in found) return found.order;
    for (const cycle of found.cycles) {
      const around = cycle.map((node) => plan.labels[node]).join(', ');
      problems.push(`modules wait for each other's ${level} products: ${around}`);
    }
    return [];
  };
  const lumiOrder = hookOrder('lumi');
  const runOrder = hookOrder('run');
  if (problems.length > 0) {
    throw listedError(
      'EDMESH_CONFIGURATION',
      `process ${data.name} cannot be constructed`,
      problems,
    );
  }
  const hash = configurationHash(data);
  const processHistory = createProcessHistory([
    { processName: data.name, configurationHash: hash, version },
  ]);
  return {
    data,
    construction,
    registry,
    plan,
    tables: {
      event: registry.table('event', construction, processHistory),
      lumi: registry.table('lumi', construction, processHistory),
      run: registry.table('run', construction, processHistory),
      seed: data.options.seed,
      allocate: context.allocate,
      processHistory,
    },
    setupTable,
    lumiOrder,
    runOrder,
    configurationHash: hash,
    processHistory,
    warnings: neverRun(plan, construction).map(
      (label) => `module ${label} will never run: it is on no path, and nothing that runs reads it`,
    ),
  };
}

const labelPattern = /^[A-Za-z][A-Za-z0-9_]*$/;

function nameProblems(data: ProcessData): string[] {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  const parts = ['modules', 'eventSetup', 'sequences', 'tasks', 'paths', 'endPaths'] as const;
  for (const part of parts) {
    for (const name of Object.keys(data[part])) {
      if (!labelPattern.test(name)) {
        problems.push(
          `${part}: '${name}' is not a label; use a letter, then letters, digits and _`,
        );
      }
      if (name === sourceLabel || name === triggerResultsLabel) {
        problems.push(`${part}: the label '${name}' is taken by the framework`);
      }
      const before = seen.get(name);
      if (before !== undefined)
        problems.push(`'${name}' stands in ${before} and in ${part}; names are unique`);
      seen.set(name, part);
    }
  }
  return problems;
}

function policyProblems(data: ProcessData): string[] {
  const { rethrow, tryToContinue, ignoreCompletely } = data.options;
  const all = [...rethrow, ...tryToContinue, ...ignoreCompletely];
  const twice = all.filter((category, index) => all.indexOf(category) !== index);
  return [...new Set(twice)].map((category) => `options: category ${category} is listed twice`);
}

function resolveSetup(construction: Construction, problems: string[]): TokenTable {
  const table = emptyTokenTable(construction.tokens.count);
  const slots = new Map<string, number>();
  construction.setups.forEach(({ label, type }, slot) => {
    const before = slots.get(type.product.name);
    if (before !== undefined) {
      const other = construction.setups[before]?.label ?? '';
      problems.push(`${label} and ${other} both make the event setup product ${type.product.name}`);
    }
    slots.set(type.product.name, slot);
  });
  construction.modules.forEach(({ label, recorder }, index) => {
    for (const each of recorder.declarations) {
      if (each.kind !== 'setup') continue;
      const slot = slots.get(each.type.name);
      if (slot === undefined) {
        problems.push(
          `${label} reads ${each.type.name} from the event setup, which nothing there makes`,
        );
        continue;
      }
      const made = construction.setups[slot]?.type.product;
      if (made !== each.type && made?.layoutHash !== each.type.layoutHash) {
        problems.push(
          `${label} reads ${each.type.name} from the event setup, which has another type of that name with a different layout`,
        );
      }
      table.owner[each.token] = index;
      table.slot[each.token] = slot;
    }
  });
  return table;
}
