import { bankType } from './bank-types.ts';
import { channelColumn, channelRow, channelSensor, sensorCount } from './channel-id.ts';
import { ClusterBuffer } from './clusters.ts';
import { grownUint32 } from './growable.ts';
import { odinPayload, odinVersion } from './odin-payload.ts';
import { retinaVersion, retinaWord } from './retina-clusters.ts';
import {
  collisionDefaults,
  simulateCollisions,
  type CollisionOptions,
  type RandomNumbers,
} from './simulated-particles.ts';
import { PixelSimulation, sensorDefaults, type SensorOptions } from './simulated-pixels.ts';
import { hitIdsOfParticles, particlePayload, vertexPayload } from './simulated-truth.ts';
import { SuperpixelWords } from './superpixel-words.ts';
import { createSuperpixelClustering, superpixelVersion } from './superpixel-clusters.ts';
import { RawEventWriter } from './write-raw-event.ts';

/** Which event is simulated. */
export interface SimulatedEventId {
  readonly run: number;
  readonly event: bigint;
  /** Microseconds. */
  readonly gpsTime: bigint;
}

/** Simulates one event: its raw banks, truth included, as bytes of their own. */
export type EventSimulation = (
  id: SimulatedEventId,
  random: RandomNumbers,
) => Uint8Array<ArrayBuffer>;

/** Version of the banks of true particles and vertices that are written. */
const truthVersion = { particles: 2, vertices: 1 } as const;

/**
 * Makes a fast simulation of proton collisions in a VELO-like pixel detector, whose geometry is `simulatedGeometry`: primary
 * vertices, charged particles that scatter in every module, pixels that share charge, fail or fire by themselves. Events
 * are in the format of the experiment, with superpixels, clusters and truth, so that the same decoders read them.
 *
 * The simulation keeps scratch memory, so make one for every concurrent user. The same random numbers give the same event.
 */
export function createEventSimulation(
  options: Partial<CollisionOptions & SensorOptions> = {},
): EventSimulation {
  const collisions = { ...collisionDefaults, ...options };
  const simulated = new PixelSimulation({ ...sensorDefaults, ...options });
  const writer = new RawEventWriter();
  const clustering = createSuperpixelClustering();
  const clusters = new ClusterBuffer();
  const superpixels = new SuperpixelWords();
  let retinaWords: Uint32Array = new Uint32Array(4096);
  return (id, random) => {
    const { vertices, particles } = simulateCollisions(collisions, random);
    simulated.run(particles, random);
    superpixels.fill(simulated.pixels.subarray(0, simulated.pixelCount));
    writer.begin(id.run);
    writer.addBank(bankType.odin, odinVersion, 0, odinPayload(id));
    clusters.clear();
    for (let sensor = 0; sensor < sensorCount; sensor++) {
      const { words } = superpixels;
      const from = superpixels.starts[sensor] ?? 0;
      const to = superpixels.starts[sensor + 1] ?? 0;
      const type = bankType.superpixels;
      const offset = writer.addWordBank(type, superpixelVersion, sensor, words, from, to);
      clustering(writer.view, offset, 4 + 4 * (to - from), sensor, clusters);
    }
    retinaWords = grownUint32(retinaWords, clusters.size);
    addRetinaBanks(writer, clusters, retinaWords);
    const hitIds = hitIdsOfParticles(particles.length, simulated, clusters);
    const { particles: particleVersion, vertices: vertexVersion } = truthVersion;
    writer.addSplitBank(bankType.particles, particleVersion, particlePayload(particles, hitIds));
    const payload = vertexPayload(vertices, particles, hitIds);
    writer.addBank(bankType.vertices, vertexVersion, 0, payload);
    return writer.finish();
  };
}

/** Writes the clusters as if the readout board had found them. */
function addRetinaBanks(writer: RawEventWriter, clusters: ClusterBuffer, words: Uint32Array): void {
  const { channelIds, columnFractions, rowFractions, size } = clusters;
  let from = 0;
  for (let sensor = 0; sensor < sensorCount; sensor++) {
    let to = from;
    for (; to < size && channelSensor(channelIds[to] ?? 0) === sensor; to++) {
      const id = channelIds[to] ?? 0;
      const columnFraction = columnFractions[to] ?? 0;
      words[to] = retinaWord(
        channelColumn(id),
        channelRow(id),
        columnFraction,
        rowFractions[to] ?? 0,
      );
    }
    writer.addWordBank(bankType.retina, retinaVersion, sensor, words, from, to);
    from = to;
  }
}
