import { z } from 'zod';
import type { Histogram } from './histogram.ts';
import { defineProduct } from './serialised.ts';

/** A histogram as a product. In a run or lumi it is declared with `addHistograms` as its reduction. */
export const HistogramProduct = defineProduct<Histogram>(
  'Histogram',
  z.strictObject({
    kind: z.literal('histogram'),
    title: z.string(),
    bins: z.int().min(1),
    low: z.number(),
    high: z.number(),
    unit: z.string(),
    counts: z.array(z.number()),
  }),
);
