import {
  addHistograms,
  defineAnalyzer,
  defineProducer,
  fillHistogram,
  HistogramProduct,
  z,
  type Histogram,
} from 'edmesh';
import { Dimuon } from './dimuon-producer.ts';
import { emptyMassHistogram } from './mass-histogram.ts';

/** Puts a histogram of the masses into every run: each EDM stream gives what it saw, the framework adds it up. */
export const RunMassProducer = defineProducer({
  type: 'RunMassProducer',
  description: 'a histogram of the mass of pairs in every run',
  parameters: z.object({ dimuon: z.string().default('dimuon').describe('label of the pair') }),
  construct(context, parameters) {
    const dimuon = context.consumes(Dimuon, parameters.dimuon);
    const histogram = context.produces(HistogramProduct, { level: 'run', reduce: addHistograms });
    let current = emptyMassHistogram('mass');
    return {
      streamBeginRun(run) {
        current = emptyMassHistogram(`dimuon mass, run ${String(run.run)}`);
      },
      produce(event) {
        for (const mass of event.get(dimuon).mass) fillHistogram(current, mass);
      },
      streamEndRun(run) {
        run.put(histogram, current);
      },
    };
  },
});

/** Collects the histograms of the runs; one run number may come in several blocks, which are merged. */
export const RunHistogramsAnalyzer = defineAnalyzer({
  type: 'RunHistogramsAnalyzer',
  description: 'merges the histograms of runs by run number',
  kind: 'one',
  parameters: z.object({
    histogram: z.string().default('runMass').describe('label of the histogram in the run'),
  }),
  construct(context, parameters) {
    const histogram = context.consumes(HistogramProduct, parameters.histogram, 'run');
    const events = new Map<number, number>();
    const masses = new Map<number, Histogram>();
    let blocks = 0;
    return {
      analyze(event) {
        events.set(event.run, (events.get(event.run) ?? 0) + 1);
      },
      endRun(run) {
        const block = run.get(histogram);
        const before = masses.get(run.run);
        masses.set(run.run, before === undefined ? block : addHistograms(before, block));
        blocks++;
      },
      endJob() {
        let total = 0;
        for (const count of events.values()) total += count;
        return {
          runs: masses.size,
          blocks,
          events: total,
          eventsByRun: byRun(events),
          massByRun: byRun(masses),
        };
      },
    };
  },
});

/** A map over run numbers as an object, in their order. */
function byRun<T>(map: ReadonlyMap<number, T>): Record<string, T> {
  const entries = [...map].sort(([a], [b]) => a - b);
  return Object.fromEntries(entries.map(([run, value]) => [String(run), value]));
}
