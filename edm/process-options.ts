import { z } from 'zod';

/** The options of a process that are not modules, with their defaults. */
export const processOptions = z.strictObject({
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('seed of all random numbers'),
  concurrentLumis: z
    .int()
    .min(0)
    .default(0)
    .describe('luminosity blocks open at once; 0: two if there are two EDM streams, else one'),
  concurrentRuns: z.int().min(1).default(1).describe('runs open at once'),
  eventTimeoutMs: z
    .int()
    .min(0)
    .default(60_000)
    .describe(
      'time an event may wait for its source or for external work, in milliseconds; 0: any',
    ),
  rethrow: z.array(z.string()).default([]).describe('categories that end the job'),
  tryToContinue: z
    .array(z.string())
    .default([])
    .describe('categories that fail the module and what depends on it, not the job'),
  ignoreCompletely: z
    .array(z.string())
    .default([])
    .describe('categories that are logged, the module counting as passed'),
  modulesToCallForTryToContinue: z
    .array(z.string())
    .default([])
    .describe('labels that run even where something they read failed'),
});

/** The options of a process. */
export type ProcessOptions = z.output<typeof processOptions>;
