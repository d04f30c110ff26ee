import { bareActors } from './bare-actors.ts';
import type { Shape } from './configs/empty-producer.ts';
import type { Row } from './rows.ts';
import { emptyProducers, runEvents } from './synthetic-process.ts';

/** Rounds of every measurement, in turn; the best of each counts, since noise only ever adds. */
const rounds = 9;

/** Module calls in one measurement. */
const callsPerRound = 1_000_000;

interface Case {
  readonly name: string;
  readonly shape: Shape;
  readonly modules: number;
  readonly timing: boolean;
  /** Nanoseconds a module. */
  readonly bar: number;
}

const cases: readonly Case[] = [
  { name: 'chain20', shape: 'chain', modules: 20, timing: false, bar: 140 },
  { name: 'fan20', shape: 'fan', modules: 20, timing: false, bar: 140 },
  { name: 'chain100', shape: 'chain', modules: 100, timing: false, bar: 140 },
  { name: 'chain20timed', shape: 'chain', modules: 20, timing: true, bar: 260 },
];

/** Framework cost per module, in nanoseconds, beside the cost of a bare send in the same run. */
export async function frameworkRows(): Promise<Row[]> {
  const bare = bareActors(20);
  bare(callsPerRound / 20);
  let bareNs = Number.POSITIVE_INFINITY;
  const best = new Map(cases.map(({ name }) => [name, Number.POSITIVE_INFINITY]));
  for (let round = 0; round <= rounds; round++) {
    bareNs = Math.min(bareNs, bare(callsPerRound / 20));
    for (const { name, shape, modules, timing } of cases) {
      const report = await runEvents(
        emptyProducers(shape, modules),
        callsPerRound / modules,
        timing,
      );
      const ns = (report.wallSeconds * 1e9) / report.events / modules;
      best.set(name, Math.min(best.get(name) ?? ns, ns));
    }
  }
  const ns = (name: string) => best.get(name) ?? Number.NaN;
  const untimed = cases.filter(({ timing }) => !timing);
  return [
    { name: 'bare', value: bareNs, unit: 'ns/send', bar: null },
    ...cases.map(({ name, bar }) => ({ name, value: ns(name), unit: 'ns/module', bar })),
    ...untimed.map(({ name }) => ({
      name: `${name}/bare`,
      value: ns(name) / bareNs,
      unit: '×',
      bar: 3,
    })),
  ];
}
