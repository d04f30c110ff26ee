import {
  CounterRandom,
  defineSource,
  registryKey,
  typeOf,
  type Configuration,
  type ProcessDefinition,
} from '../edm/index.ts';
import { createEventSimulation } from '../examples/velo/algorithms/simulate-event.ts';
import { simulatedGeometry } from '../examples/velo/algorithms/simulated-geometry.ts';
import { createPlainReconstruction } from '../examples/velo/plain-reconstruction.ts';
import velo from '../examples/velo/velo.config.ts';
import { RawEvent } from '../io/index.ts';
import type { Row } from './rows.ts';
import { runEvents } from './synthetic-process.ts';

const events = 200;

/** Passes over the events in one measurement, so that begin and end of the job do not count. */
const passes = 4;

/** Rounds of both ways in turn; the best of each counts, since noise only ever adds. */
const rounds = 14;

/** Simulated raw events, made beforehand so that the simulation is in neither measurement. */
export function rawEvents(): Uint8Array[] {
  const simulate = createEventSimulation();
  const random = new CounterRandom(1, 'bench');
  return Array.from({ length: events }, (_, index) => {
    random.startEvent({ run: 1, lumi: 1, event: index + 1 });
    return simulate({ run: 1, event: BigInt(index + 1), gpsTime: 0n }, random);
  });
}

/** A source that gives out events in memory. */
export function memorySource(raw: readonly Uint8Array[]): Configuration<'source'> {
  const source = defineSource({
    type: 'MemorySource',
    description: 'Raw events in memory',
    construct(context) {
      const token = context.produces(RawEvent);
      return {
        open: () => ({
          kind: 'indexed',
          count: raw.length,
          identify(index, id) {
            Object.assign(id, { run: 1, lumi: 1, event: index + 1, timeUs: 0 });
          },
          read(index, event) {
            const bytes = raw[index] ?? new Uint8Array();
            const product = event.allocate(RawEvent, bytes.length);
            product.bytes.set(bytes);
            event.put(token, product);
          },
        }),
      };
    },
  });
  return source();
}

/** A process that reads from another source. */
export function withSource(
  { data, types }: ProcessDefinition,
  source: Configuration<'source'>,
): ProcessDefinition {
  const { type, parameters } = source;
  return {
    data: { ...data, source: { type, parameters } },
    types: new Map([...types, [registryKey('source', type), typeOf(source)]]),
  };
}

/** The flagship job through the framework, against its algorithms called in a plain loop. */
export async function flagshipRows(): Promise<Row[]> {
  const raw = rawEvents();
  const definition = withSource(velo.configure(), memorySource(raw));
  const throughFramework = async () => {
    const report = await runEvents(definition, passes * events);
    return report.wallSeconds * 1000;
  };
  const inPlainLoop = () => {
    const began = performance.now();
    const reconstruction = createPlainReconstruction(simulatedGeometry(), 'superpixel');
    for (let pass = 0; pass < passes; pass++) {
      for (const bytes of raw) reconstruction.process(bytes);
    }
    return performance.now() - began;
  };
  let framework = Number.POSITIVE_INFINITY;
  let plain = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    // Each way goes first in turn: what one leaves to the garbage collector, the other may pay.
    if (round % 2 === 0) plain = Math.min(plain, inPlainLoop());
    framework = Math.min(framework, await throughFramework());
    if (round % 2 === 1) plain = Math.min(plain, inPlainLoop());
  }
  return [
    { name: 'flagship', value: framework / events / passes, unit: 'ms/event', bar: 3 },
    { name: 'flagship plain loop', value: plain / events / passes, unit: 'ms/event', bar: null },
    { name: 'flagship overhead', value: (framework / plain - 1) * 100, unit: '%', bar: 3 },
  ];
}
