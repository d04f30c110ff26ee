import { z } from 'zod';
import { defineSource, type IndexedReader, type MutableEventId } from '../edm/index.ts';

const u32 = z.int().min(0).max(0xffff_ffff);

/**
 * Makes events without any product, for jobs that need no input. Luminosity blocks count from `firstLumi` and events from
 * 1 in every run.
 */
export const EmptySource = defineSource({
  type: 'EmptySource',
  description: 'events without products, as many as are asked for',
  parameters: z.object({
    events: z.int().min(-1).default(-1).describe('number of events; -1: without end'),
    eventsPerLumi: z.int().min(0).default(0).describe('events of a luminosity block; 0: all'),
    lumisPerRun: z.int().min(0).default(0).describe('luminosity blocks of a run; 0: all'),
    firstRun: u32.default(1).describe('run of the first event; the next runs count up'),
    firstLumi: u32.default(1).describe('first luminosity block of every run'),
    firstTimeUs: z
      .int()
      .min(0)
      .default(0)
      .describe('time of the first event, microseconds since 1970'),
    intervalUs: z.int().min(0).default(0).describe('time from one event to the next, microseconds'),
  }),
  construct(_context, parameters) {
    const { events, eventsPerLumi, lumisPerRun, firstRun, firstLumi } = parameters;
    const { firstTimeUs, intervalUs } = parameters;
    const inLumi = eventsPerLumi === 0 ? Number.POSITIVE_INFINITY : eventsPerLumi;
    const inRun = lumisPerRun === 0 ? Number.POSITIVE_INFINITY : inLumi * lumisPerRun;
    const reader: IndexedReader = {
      kind: 'indexed',
      count: events === -1 ? Number.POSITIVE_INFINITY : events,
      identify(index: number, id: MutableEventId) {
        const run = inRun === Number.POSITIVE_INFINITY ? 0 : Math.floor(index / inRun);
        const indexInRun = run === 0 ? index : index - run * inRun;
        const lumi = inLumi === Number.POSITIVE_INFINITY ? 0 : Math.floor(indexInRun / inLumi);
        id.run = firstRun + run;
        id.lumi = firstLumi + lumi;
        id.event = 1 + indexInRun;
        id.timeUs = firstTimeUs + index * intervalUs;
      },
      read() {},
    };
    return { open: () => reader };
  },
});
