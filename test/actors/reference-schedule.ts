/** Random graphs of modules, and a plain recursive interpreter that says what a scheduler must make of them. */
import fc from 'fast-check';
import type { PathStatus, ProcessBody } from 'edmesh';
import { TriggerResults } from 'edmesh';
import { eventSource } from 'edmesh/testing';
import { eventsOf, filter, Num, producer } from './toy-job.ts';

/** What a module does to one event. */
export type Verdict = 'good' | 'reject' | 'fail';

/** One module of a graph; its number is its place in the list, and it reads only modules before it. */
export interface GraphModule {
  readonly reads: readonly number[];
  readonly isFilter: boolean;
  readonly paths: readonly number[];
  readonly endPaths: readonly number[];
  readonly onTask: boolean;
  readonly mark: '' | '!' | '-';
  /** Turns of the event loop that its external work takes; 0: none. */
  readonly delay: number;
  readonly readsTrigger: boolean;
  readonly runsAnyway: boolean;
}

/** A graph, and for each event what its modules do. */
export interface Graph {
  readonly modules: readonly GraphModule[];
  readonly events: readonly (readonly Verdict[])[];
}

const pathCount = 3;
const endPathCount = 2;

const anyModule = fc.record({
  reads: fc.array(fc.nat(15), { maxLength: 4 }),
  isFilter: fc.boolean(),
  paths: fc.subarray([...Array(pathCount).keys()]),
  endPaths: fc.subarray([...Array(endPathCount).keys()]),
  onTask: fc.boolean(),
  mark: fc.constantFrom('', '', '!', '-'),
  delay: fc.constantFrom(0, 0, 1, 2, 5),
  readsTrigger: fc.boolean(),
  runsAnyway: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

/** Random graphs. Modules from a random place on are for end paths alone, so that no path waits for an end path. */
export const anyGraph: fc.Arbitrary<Graph> = fc
  .record({
    drawn: fc.array(anyModule, { minLength: 1, maxLength: 14 }),
    split: fc.nat(14),
    verdicts: fc.array(
      fc.array(fc.constantFrom<Verdict>('good', 'good', 'good', 'reject', 'fail'), {
        minLength: 14,
        maxLength: 14,
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ drawn, split, verdicts }) => ({
    events: verdicts,
    modules: drawn.map((module, index): GraphModule => {
      const late = index >= split;
      const paths = late ? [] : module.paths;
      return {
        ...module,
        mark: module.mark,
        reads: [...new Set(module.reads.filter((read) => read < index))],
        paths,
        endPaths: late || paths.length > 0 || module.onTask ? module.endPaths : [],
        readsTrigger: late && module.readsTrigger,
      };
    }),
  }));

const labelOf = (index: number) => `m${String(index)}`;

function itemsOf({ modules }: Graph, part: 'paths' | 'endPaths', number: number): string[] {
  return modules.flatMap((module, index) =>
    module[part].includes(number)
      ? [`${module.isFilter && part === 'paths' ? module.mark : ''}${labelOf(index)}`]
      : [],
  );
}

/** What a module saw and when: told at each run. */
export type OnRun = (index: number, event: number, seen: readonly number[]) => void;

/** The graph as a process; modules with external work take as many turns as they say. */
export function processOf(graph: Graph, onRun: OnRun = () => undefined): ProcessBody {
  const modules = graph.modules.map((module, index) => {
    const make = module.isFilter ? filter : producer;
    return make((context) => {
      const tokens = module.reads.map((read) => context.consumes(Num, labelOf(read)));
      const trigger = module.readsTrigger
        ? context.consumes(TriggerResults, 'TriggerResults')
        : undefined;
      const put = context.produces(Num);
      const run = (event: Parameters<ReturnType<Parameters<typeof producer>[0]>['produce']>[0]) => {
        if (trigger !== undefined) event.get(trigger);
        const seen = module.reads.filter((_, i) => event.find(tokens[i]!) !== undefined);
        onRun(index, event.event, seen);
        const verdict = graph.events[event.event - 1]?.[index];
        if (verdict === 'fail') throw new Error(`${context.label} fails`);
        event.put(put, event.event);
        return verdict !== 'reject';
      };
      return {
        ...(module.delay === 0
          ? {}
          : {
              acquire: (_event, _setup, holder) => {
                let work = Promise.resolve();
                for (let i = 1; i < module.delay; i++) work = work.then(() => undefined);
                holder.follow(work);
              },
            }),
        produce: (event) => void run(event),
        filter: run,
      };
    });
  });
  const chosen = (field: 'onTask' | 'runsAnyway') =>
    graph.modules.flatMap((module, index) => (module[field] ? [labelOf(index)] : []));
  const named = (prefix: string, count: number, part: 'paths' | 'endPaths') =>
    Object.fromEntries(
      [...Array(count).keys()].map((n) => [`${prefix}${String(n)}`, itemsOf(graph, part, n)]),
    );
  return {
    source: eventSource(eventsOf(graph.events.length)),
    modules: Object.fromEntries(modules.map((module, index) => [labelOf(index), module])),
    tasks: { task: chosen('onTask') },
    paths: named('p', pathCount, 'paths'),
    endPaths: named('e', endPathCount, 'endPaths'),
    options: {
      tryToContinue: ['StdException'],
      modulesToCallForTryToContinue: chosen('runsAnyway'),
    },
  };
}

/** What must become of one event. */
export interface Expectation {
  /** For each module that runs, which of the products that it reads it sees. */
  readonly seen: ReadonlyMap<number, readonly number[]>;
  /** Paths, then end paths. */
  readonly statuses: readonly PathStatus[];
}

type Outcome = 'good' | 'reject' | 'fail' | 'inputFailed' | 'notRun';

/** Works out one event: paths one after the other, then end paths, recursively, as plainly as it can be said. */
export function interpret({ modules, events }: Graph, event: number): Expectation {
  const verdicts = events[event - 1] ?? [];
  const outcomes = new Map<number, Outcome>();
  const seen = new Map<number, readonly number[]>();
  let inEndPaths = false;

  const onDemand = ({ paths, endPaths, onTask }: GraphModule) =>
    onTask || paths.length + endPaths.length === 0;

  /** What a path makes of a module: it goes on, or how it ends. */
  const verdictOn = (index: number, isEndPath: boolean): PathStatus['state'] | 'goesOn' => {
    const outcome = evaluate(index);
    if (outcome === 'fail' || outcome === 'inputFailed') return 'exception';
    const { isFilter, mark } = modules[index]!;
    if (!isFilter || isEndPath || mark === '-') return 'goesOn';
    return (outcome === 'reject') === (mark === '!') ? 'goesOn' : 'fail';
  };

  const membersOf = (part: 'paths' | 'endPaths', number: number) =>
    modules.flatMap((module, index) => (module[part].includes(number) ? [index] : []));

  const comesTo = (index: number): boolean => {
    const part = inEndPaths ? 'endPaths' : 'paths';
    return modules[index]![part].some((number) =>
      membersOf(part, number)
        .filter((member) => member < index)
        .every((member) => verdictOn(member, inEndPaths) === 'goesOn'),
    );
  };

  /** Whether a path that lists the module ended with an exception before it. */
  const isBrokenOff = (index: number, part: 'paths' | 'endPaths'): boolean =>
    modules[index]![part].some((number) => {
      for (const member of membersOf(part, number)) {
        if (member >= index) return false;
        const verdict = verdictOn(member, part === 'endPaths');
        if (verdict !== 'goesOn') return verdict === 'exception';
      }
      return false;
    });

  const inputOutcome = (index: number): Outcome => {
    const known = outcomes.get(index);
    if (known !== undefined) return known;
    if (onDemand(modules[index]!) || comesTo(index)) return evaluate(index);
    const broken = isBrokenOff(index, 'paths') || (inEndPaths && isBrokenOff(index, 'endPaths'));
    return broken ? 'inputFailed' : 'notRun';
  };

  const evaluate = (index: number): Outcome => {
    const known = outcomes.get(index);
    if (known !== undefined) return known;
    const module = modules[index]!;
    const inputs = module.reads.map((read) => [read, inputOutcome(read)] as const);
    const broken = inputs.some(([, outcome]) => outcome === 'fail' || outcome === 'inputFailed');
    if (broken && !module.runsAnyway) {
      outcomes.set(index, 'inputFailed');
      return 'inputFailed';
    }
    const there = inputs.filter(([, outcome]) => outcome === 'good' || outcome === 'reject');
    seen.set(
      index,
      there.map(([read]) => read),
    );
    const verdict = verdicts[index] ?? 'good';
    const outcome = verdict === 'reject' && !module.isFilter ? 'good' : verdict;
    outcomes.set(index, outcome);
    return outcome;
  };

  const walk = (part: 'paths' | 'endPaths', number: number): PathStatus => {
    const members = membersOf(part, number);
    for (const [position, member] of members.entries()) {
      const verdict = verdictOn(member, part === 'endPaths');
      if (verdict !== 'goesOn') return { state: verdict, index: position };
    }
    return { state: 'pass', index: Math.max(0, members.length - 1) };
  };

  const onPaths = [...Array(pathCount).keys()].map((number) => walk('paths', number));
  inEndPaths = true;
  const onEndPaths = [...Array(endPathCount).keys()].map((number) => walk('endPaths', number));
  return { seen, statuses: [...onPaths, ...onEndPaths] };
}
