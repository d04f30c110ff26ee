import { banksByType, type BankTable } from './bank-table.ts';
import { bankType } from './bank-types.ts';
import { ClusterBuffer, type Clusters } from './clusters.ts';
import { decodeRetinaClusters } from './retina-clusters.ts';
import { createSuperpixelClustering } from './superpixel-clusters.ts';

/** Where clusters come from: our own clustering of the superpixels, or the readout board's. */
export type ClusterKind = 'superpixel' | 'retina';

/** Finds the clusters of one event. The result is valid until the next call of the same decoding. */
export type ClusterDecoding = (bytes: Uint8Array, banks: BankTable) => Clusters;

/**
 * Makes a decoder of the VELO banks of whole events; clusters come in the order of the sensors. It keeps scratch memory, so
 * make one for every concurrent user. It throws EdmeshError `EDMESH_EVENT_CORRUPT` naming bank, sensor and offset.
 */
export function createClusterDecoding(kind: ClusterKind): ClusterDecoding {
  const decode = kind === 'retina' ? decodeRetinaClusters : createSuperpixelClustering();
  const type = kind === 'retina' ? bankType.retina : bankType.superpixels;
  const clusters = new ClusterBuffer();
  return (bytes, banks) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    clusters.clear();
    for (const row of banksByType(banks, type)) {
      const [offset, length] = [banks.offset[row] ?? 0, banks.length[row] ?? 0];
      decode(view, offset, length, banks.source[row] ?? 0, clusters);
    }
    return clusters;
  };
}
