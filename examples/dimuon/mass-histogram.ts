import {
  addHistograms,
  createHistogram,
  defineAnalyzer,
  fillHistogram,
  z,
  type Histogram,
} from 'edmesh';
import { Dimuon } from './dimuon-producer.ts';

/** An empty histogram of the mass: 60 bins of 1 GeV from 60 to 120. */
export function emptyMassHistogram(title: string): Histogram {
  return createHistogram(title, { bins: 60, low: 60, high: 120, unit: 'GeV' });
}

/** What one EDM stream, or all of them, saw. */
const massSummary = z.object({
  events: z.number(),
  pairs: z.number(),
  /** Mean mass of the pairs in GeV; `null` where there are none. */
  meanMass: z.number().nullable(),
  mass: z.custom<Histogram>(),
});
type MassSummary = z.infer<typeof massSummary>;

/** Histograms the mass of all pairs, and gives number and mean in its summary. */
export const MassAnalyzer = defineAnalyzer({
  type: 'MassAnalyzer',
  description: 'histogram, number and mean of the masses of pairs',
  parameters: z.object({
    dimuon: z.string().default('dimuon').describe('label of the pair'),
    title: z.string().default('dimuon mass').describe('title of the histogram'),
  }),
  reduceSummary: (a, b) => combined(massSummary.parse(a), massSummary.parse(b)),
  construct(context, parameters) {
    const dimuon = context.consumes(Dimuon, parameters.dimuon);
    const mass = emptyMassHistogram(parameters.title);
    let events = 0;
    let pairs = 0;
    let sum = 0;
    return {
      analyze(event) {
        events++;
        for (const each of event.get(dimuon).mass) {
          pairs++;
          sum += each;
          fillHistogram(mass, each);
        }
      },
      endJob(): MassSummary {
        return { events, pairs, meanMass: pairs === 0 ? null : sum / pairs, mass };
      },
    };
  },
});

function combined(a: MassSummary, b: MassSummary): MassSummary {
  const pairs = a.pairs + b.pairs;
  const sum = (a.meanMass ?? 0) * a.pairs + (b.meanMass ?? 0) * b.pairs;
  return {
    events: a.events + b.events,
    pairs,
    meanMass: pairs === 0 ? null : sum / pairs,
    mass: addHistograms(a.mass, b.mass),
  };
}
