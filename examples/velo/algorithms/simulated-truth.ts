import type { ClusterBuffer } from './clusters.ts';
import { channelColumn, channelRow, channelSensor, sensorCount } from './channel-id.ts';
import type { SimulatedParticle, SimulatedVertex } from './simulated-particles.ts';
import type { PixelSimulation } from './simulated-pixels.ts';

/** Farther than this from a particle, in pixels, a cluster is not its own. */
const maxPixels = 2;

/** The VELO hit ids of every particle: the clusters closest to where it crossed sensors, without repetition. */
export function hitIdsOfParticles(
  particleCount: number,
  simulated: PixelSimulation,
  clusters: ClusterBuffer,
): number[][] {
  const starts = new Uint32Array(sensorCount + 1);
  for (let index = 0; index < clusters.size; index++) {
    const after = channelSensor(clusters.channelIds[index] ?? 0) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let sensor = 0; sensor < sensorCount; sensor++) {
    starts[sensor + 1] = (starts[sensor + 1] ?? 0) + (starts[sensor] ?? 0);
  }
  const ids = Array.from({ length: particleCount }, (): number[] => []);
  for (let crossing = 0; crossing < simulated.crossingCount; crossing++) {
    const sensor = simulated.crossingSensor[crossing] ?? 0;
    const column = simulated.crossingColumn[crossing] ?? 0;
    const row = simulated.crossingRow[crossing] ?? 0;
    let nearest = maxPixels * maxPixels;
    let found = -1;
    const end = starts[sensor + 1] ?? 0;
    for (let index = starts[sensor] ?? 0; index < end; index++) {
      const id = clusters.channelIds[index] ?? 0;
      const offColumn = channelColumn(id) + (clusters.columnFractions[index] ?? 0) - column;
      const offRow = channelRow(id) + (clusters.rowFractions[index] ?? 0) - row;
      const distance = offColumn * offColumn + offRow * offRow;
      if (distance >= nearest) continue;
      nearest = distance;
      found = id;
    }
    const own = ids[simulated.crossingParticle[crossing] ?? 0];
    if (found >= 0 && own?.at(-1) !== found) own?.push(found);
  }
  return ids;
}

/** Whether a particle has hits in at least three modules. It comes to each module once. */
function isReconstructible(ids: readonly number[]): boolean {
  let modules = 0;
  let last = -1;
  for (const id of ids) {
    const module = channelSensor(id) >> 2;
    if (module !== last) modules++;
    last = module;
  }
  return modules >= 3;
}

/** The payload of bank type 32, version 2: all particles. */
export function particlePayload(
  particles: readonly SimulatedParticle[],
  hitIds: readonly (readonly number[])[],
): Uint8Array {
  const hits = hitIds.reduce((sum, ids) => sum + ids.length, 0);
  const view = new DataView(new ArrayBuffer(4 + 89 * particles.length + 4 * hits));
  view.setUint32(0, particles.length, true);
  let offset = 4;
  particles.forEach((particle, key) => {
    const ids = hitIds[key] ?? [];
    const { p, pt, eta, phi, x, y, z, pid, charge } = particle;
    view.setUint32(offset, key, true);
    view.setInt32(offset + 4, pid, true);
    view.setFloat32(offset + 8, p, true);
    view.setFloat32(offset + 12, pt, true);
    view.setFloat32(offset + 16, eta, true);
    view.setFloat32(offset + 20, phi, true);
    view.setFloat32(offset + 24, x, true);
    view.setFloat32(offset + 28, y, true);
    view.setFloat32(offset + 32, z, true);
    const hasVelo = isReconstructible(ids);
    view.setInt8(offset + 36, hasVelo && eta > 2 && eta < 5 && p > 3000 ? 1 : 0);
    view.setInt8(offset + 38, hasVelo ? 1 : 0);
    for (let mother = 45; mother <= 57; mother += 4) view.setInt32(offset + mother, -1, true);
    view.setFloat32(offset + 61, -1, true);
    view.setFloat32(offset + 65, -1, true);
    view.setFloat32(offset + 69, charge, true);
    offset += 77;
    view.setUint32(offset, ids.length, true);
    for (const id of ids) {
      offset += 4;
      view.setUint32(offset, id, true);
    }
    offset += 12;
  });
  return new Uint8Array(view.buffer);
}

/** The payload of bank type 33: the primary vertices, each with the number of its reconstructible particles. */
export function vertexPayload(
  vertices: readonly SimulatedVertex[],
  particles: readonly SimulatedParticle[],
  hitIds: readonly (readonly number[])[],
): Uint8Array {
  const tracks = new Uint32Array(vertices.length);
  particles.forEach(({ vertex }, index) => {
    if (isReconstructible(hitIds[index] ?? [])) tracks[vertex] = (tracks[vertex] ?? 0) + 1;
  });
  const view = new DataView(new ArrayBuffer(4 + 28 * vertices.length));
  view.setInt32(0, vertices.length, true);
  vertices.forEach(({ x, y, z }, index) => {
    const offset = 4 + 28 * index;
    view.setInt32(offset, tracks[index] ?? 0, true);
    view.setFloat64(offset + 4, x, true);
    view.setFloat64(offset + 12, y, true);
    view.setFloat64(offset + 20, z, true);
  });
  return new Uint8Array(view.buffer);
}
