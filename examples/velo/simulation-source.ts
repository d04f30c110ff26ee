import {
  defineSource,
  RawEvent,
  z,
  type IndexedReader,
  type MutableEventId,
  type SourceEvent,
} from 'edmesh';
import { createEventSimulation } from './algorithms/simulate-event.ts';
import { collisionDefaults } from './algorithms/simulated-particles.ts';
import { sensorDefaults } from './algorithms/simulated-pixels.ts';

const u32 = z.int().min(0).max(0xffff_ffff);

/**
 * Simulates raw events of a VELO-like detector, truth included. An event depends on the seed of the process and on its run,
 * lumi and event numbers alone, however it is reached.
 */
export const VeloSimulation = defineSource({
  type: 'VeloSimulation',
  description: 'simulated raw events of a VELO-like pixel detector, with their truth',
  parameters: z.object({
    events: z.int().min(-1).default(500).describe('number of events; -1: without end'),
    eventsPerLumi: z.int().min(1).default(100).describe('events of a luminosity block'),
    run: u32.default(1).describe('run of all events'),
    meanVertices: z
      .number()
      .min(0)
      .max(200)
      .default(collisionDefaults.meanVertices)
      .describe('mean number of collisions of an event'),
    meanNoise: z
      .number()
      .min(0)
      .max(500)
      .default(sensorDefaults.meanNoise)
      .describe('mean number of pixels that fire by themselves in an event'),
    efficiency: z
      .number()
      .min(0)
      .max(1)
      .default(sensorDefaults.efficiency)
      .describe('chance that a sensor sees a particle that crosses it'),
  }),
  construct(context, { events, eventsPerLumi, run, ...options }) {
    const token = context.produces(RawEvent);
    const simulate = createEventSimulation(options);
    const reader: IndexedReader = {
      kind: 'indexed',
      count: events === -1 ? Number.POSITIVE_INFINITY : events,
      identify(index: number, id: MutableEventId) {
        id.run = run;
        id.lumi = 1 + Math.floor(index / eventsPerLumi);
        id.event = 1 + index;
        id.timeUs = 0;
      },
      read(_index: number, event: SourceEvent) {
        const id = { run: event.run, event: BigInt(event.event), gpsTime: 0n };
        const bytes = simulate(id, event.random);
        const raw = event.allocate(RawEvent, bytes.length);
        raw.bytes.set(bytes);
        event.put(token, raw);
      },
    };
    return { open: () => reader };
  },
});
