import { EdmeshError } from 'edmesh';
import { banksByType, type BankTable } from './bank-table.ts';
import { bankType, checkBankVersion } from './bank-types.ts';
import { ClusterBuffer, type Clusters } from './clusters.ts';
import { decodeRetinaClusters, retinaVersion } from './retina-clusters.ts';
import { createSuperpixelClustering, superpixelVersion } from './superpixel-clusters.ts';

/** Where clusters come from: our own clustering of the superpixels, or the readout board's. */
export type ClusterKind = 'superpixel' | 'retina';

/** The clusters of one event, and the number of sensors whose banks it had; one that is off has none. */
export interface DecodedClusters {
  readonly clusters: Clusters;
  readonly sensors: number;
}

/** Finds the clusters of one event. The result is valid until the next call of the same decoding. */
export type ClusterDecoding = (bytes: Uint8Array, banks: BankTable) => DecodedClusters;

const bankTypeOf = { superpixel: bankType.superpixels, retina: bankType.retina } as const;
const versionsOf = { superpixel: [superpixelVersion], retina: [retinaVersion] } as const;

/**
 * Makes a decoder of the VELO banks of whole events; clusters come in the order of the sensors. It keeps scratch memory, so
 * make one for every concurrent user. It throws EdmeshError `EDMESH_EVENT_CORRUPT`: naming bank, sensor and offset where a
 * bank is wrong or of a version that is not known, and naming the kind of clustering to ask for where the event has no bank
 * of this kind at all.
 */
export function createClusterDecoding(kind: ClusterKind): ClusterDecoding {
  const decode = kind === 'retina' ? decodeRetinaClusters : createSuperpixelClustering();
  const type = bankTypeOf[kind];
  const versions = versionsOf[kind];
  const clusters = new ClusterBuffer();
  return (bytes, banks) => {
    const rows = banksByType(banks, type);
    if (rows.length === 0) throw noBanks(kind, banks);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    clusters.clear();
    let sensors = 0;
    let before = -1;
    for (const row of rows) {
      checkBankVersion(banks, row, versions);
      const sensor = banks.source[row] ?? 0;
      decode(view, banks.offset[row] ?? 0, banks.length[row] ?? 0, sensor, clusters);
      if (sensor !== before) sensors++;
      before = sensor;
    }
    return { clusters, sensors };
  };
}

function noBanks(kind: ClusterKind, banks: BankTable): EdmeshError {
  const other = kind === 'retina' ? 'superpixel' : 'retina';
  const [wanted, instead] = [bankTypeOf[kind], bankTypeOf[other]];
  const there = banksByType(banks, instead).length;
  const advice =
    there > 0
      ? `${String(there)} of type ${String(instead)}: give clustering=${other}`
      : `none of type ${String(instead)} (clustering=${other})`;
  return new EdmeshError(
    'EDMESH_EVENT_CORRUPT',
    `the event has no bank of type ${String(wanted)}, which clustering=${kind} reads, and ${advice}`,
    { fields: { bank: wanted, parameter: 'clustering' } },
  );
}
