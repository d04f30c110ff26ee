import { createEventSimulation } from '../../../examples/velo/algorithms/simulate-event.ts';
import { seededRandom } from './seeded-random.ts';

/** Small raw events of run 77, one after the other as in an MDF file, and where each begins. */
export function simulatedMdf(count: number): { bytes: Uint8Array; starts: number[] } {
  const simulate = createEventSimulation({ meanVertices: 2 });
  const starts: number[] = [];
  const events: Uint8Array[] = [];
  let length = 0;
  for (let index = 0; index < count; index++) {
    const id = { run: 77, event: BigInt(index + 1), gpsTime: 0n };
    const event = simulate(id, seededRandom(index));
    starts.push(length);
    length += event.length;
    events.push(event);
  }
  return { bytes: new Uint8Array(Buffer.concat(events)), starts };
}
