import {
  EndPathStatusProduct,
  PathStatusProduct,
  TriggerResults,
  triggerResultsLabel,
  type ProcessData,
} from '../../edm/index.ts';
import type { Construction } from './construction.ts';
import { cycleProblems } from './plan-cycles.ts';
import { expandPath } from './path-items.ts';
import { listOf, packLists, type PathPlan, type SchedulePlan } from './plan.ts';
import type { ProductRegistry } from './product-registry.ts';

/** Resolves paths and reads into the plan of the scheduler; what is wrong is added to `problems`. */
export function buildPlan(
  data: ProcessData,
  construction: Construction,
  registry: ProductRegistry,
  problems: string[],
): SchedulePlan {
  const labels = construction.modules.map(({ label }) => label);
  const moduleCount = labels.length;
  const nodeOf = new Map(labels.map((label, index) => [label, index]));
  const pathNames = Object.keys(data.paths);
  const endPathNames = Object.keys(data.endPaths);
  const triggerResultsNode = moduleCount + pathNames.length;

  const plan = (name: string, isEnd: boolean, statusNode: number): PathPlan => {
    const items = (isEnd ? data.endPaths : data.paths)[name] ?? [];
    const where = `${isEnd ? 'end path' : 'path'} ${name}`;
    const positions = expandPath(data, where, items, problems).flatMap(({ label, operation }) => {
      const node = nodeOf.get(label);
      if (node === undefined) return [];
      const role = construction.modules[node]?.type.moduleRole;
      if (operation !== 'take' && role !== 'filter') {
        problems.push(`${where}: '${label}' is negated or ignored, but it is a ${String(role)}`);
      }
      return [{ node, operation: isEnd ? ('ignore' as const) : operation }];
    });
    const product = isEnd ? EndPathStatusProduct : PathStatusProduct;
    return { name, positions, statusNode, statusSlot: registry.statusSlot(name, product) };
  };
  const paths = pathNames.map((name, i) => plan(name, false, moduleCount + i));
  const endPaths = endPathNames.map((name, i) => plan(name, true, triggerResultsNode + 1 + i));
  const nodes = triggerResultsNode + 1 + endPaths.length;

  const positionsOf = Array.from({ length: nodes }, (): number[] => []);
  [...paths, ...endPaths].forEach((path, number) => {
    path.positions.forEach(({ node }, position) => positionsOf[node]?.push(number, position));
  });

  const onDemand = new Uint8Array(nodes);
  const inTasks = new Set<string>();
  for (const [task, members] of Object.entries(data.tasks)) {
    for (const label of members) {
      const node = nodeOf.get(label);
      if (node === undefined) problems.push(`task ${task}: no module '${label}'`);
      else if (construction.modules[node]?.type.moduleRole === 'analyzer') {
        problems.push(`task ${task}: '${label}' is an analyzer; nothing could ask for it`);
      }
      inTasks.add(label);
    }
  }
  labels.forEach((label, node) => {
    const onPath = (positionsOf[node]?.length ?? 0) > 0;
    onDemand[node] = !onPath || inTasks.has(label) ? 1 : 0;
  });

  const statusNodes = new Map<number, number>();
  for (const path of [...paths, ...endPaths]) statusNodes.set(path.statusSlot, path.statusNode);
  const triggerResultsSlot = registry.statusSlot(triggerResultsLabel, TriggerResults);
  statusNodes.set(triggerResultsSlot, triggerResultsNode);
  const inputSets = Array.from({ length: nodes }, () => new Set<number>());
  const readerSets = Array.from({ length: nodes }, () => new Set<number>());
  for (const { reader, slot } of registry.reads.event) {
    const maker = slot < 0 ? undefined : (registry.makerOf('event', slot) ?? statusNodes.get(slot));
    if (maker === undefined || maker < 0) continue;
    inputSets[reader]?.add(maker);
    readerSets[maker]?.add(reader);
  }

  const runsAnyway = new Uint8Array(nodes);
  for (const label of data.options.modulesToCallForTryToContinue) {
    const node = nodeOf.get(label);
    if (node === undefined) problems.push(`modulesToCallForTryToContinue: no module '${label}'`);
    else runsAnyway[node] = 1;
  }

  const result: SchedulePlan = {
    labels: [...labels, ...pathNames, triggerResultsLabel, ...endPathNames],
    moduleCount,
    paths,
    endPaths,
    triggerResultsNode,
    triggerResultsSlot,
    triggerResultsRead: (readerSets[triggerResultsNode]?.size ?? 0) > 0,
    inputs: packLists(inputSets),
    readers: packLists(readerSets),
    onDemand,
    positionsOf: packLists(positionsOf),
    runsAnyway,
  };
  problems.push(...cycleProblems(result));
  return result;
}

/** Hooks that let a module have a part in the job without an event. */
const runAndLumiHooks = [
  'beginRun',
  'streamBeginRun',
  'beginLumi',
  'streamBeginLumi',
  'streamEndLumi',
  'endLumi',
  'streamEndRun',
  'endRun',
] as const;

/** Labels that will never run: on no path, read by nothing that runs, and without part in runs and lumis. */
export function neverRun(plan: SchedulePlan, { modules }: Construction): string[] {
  const needed = new Set<number>();
  const pending = [...plan.paths, ...plan.endPaths].flatMap(({ positions }) =>
    positions.map(({ node }) => node),
  );
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    pending.push(...listOf(plan.inputs, node));
  }
  return modules.flatMap(({ label, first }, node) =>
    needed.has(node) || runAndLumiHooks.some((hook) => first[hook] !== undefined) ? [] : [label],
  );
}
