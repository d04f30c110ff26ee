import { channelColumn, channelRow, channelSensor, moduleCount } from './channel-id.ts';
import type { Clusters } from './clusters.ts';
import { rowPitch, transformLength, type VeloGeometry } from './velo-geometry.ts';

/** Hits of one event, ordered by module. Columns may be longer than the hits: `moduleStart[52]` is their number. */
export interface VeloHits {
  /** Global coordinates, mm. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** Hits of module m are `moduleStart[m]` up to and without `moduleStart[m + 1]`; 53 values. */
  readonly moduleStart: Uint32Array;
}

/** Empty columns for `capacity` hits. */
export function allocateHits(capacity: number): VeloHits {
  return {
    x: new Float32Array(capacity),
    y: new Float32Array(capacity),
    z: new Float32Array(capacity),
    moduleStart: new Uint32Array(moduleCount + 1),
  };
}

/**
 * Places clusters in space: hit i is cluster i. The clusters are ordered by sensor, as the decoders leave them when called
 * in that order.
 *
 * @param hits columns of at least `clusters.size`; all are overwritten
 */
export function placeClusters(geometry: VeloGeometry, clusters: Clusters, hits: VeloHits): void {
  const { localX, xPitch, transforms } = geometry;
  const { channelIds, columnFractions, rowFractions, size } = clusters;
  const { x, y, z, moduleStart } = hits;
  moduleStart.fill(0);
  for (let index = 0; index < size; index++) {
    const id = channelIds[index] ?? 0;
    const column = channelColumn(id);
    const sensor = channelSensor(id);
    const pitch = xPitch[column] ?? 0;
    const across = (localX[column] ?? 0) + (columnFractions[index] ?? 0) * pitch;
    const along = (0.5 + channelRow(id) + (rowFractions[index] ?? 0)) * rowPitch;
    const at = sensor * transformLength;
    x[index] =
      (transforms[at] ?? 0) * across +
      (transforms[at + 1] ?? 0) * along +
      (transforms[at + 9] ?? 0);
    y[index] =
      (transforms[at + 3] ?? 0) * across +
      (transforms[at + 4] ?? 0) * along +
      (transforms[at + 10] ?? 0);
    z[index] =
      (transforms[at + 6] ?? 0) * across +
      (transforms[at + 7] ?? 0) * along +
      (transforms[at + 11] ?? 0);
    const end = (sensor >> 2) + 1;
    moduleStart[end] = (moduleStart[end] ?? 0) + 1;
  }
  for (let module = 0; module < moduleCount; module++) {
    moduleStart[module + 1] = (moduleStart[module + 1] ?? 0) + (moduleStart[module] ?? 0);
  }
}
