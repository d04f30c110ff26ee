import { channelId } from './channel-id.ts';
import { grownFloat32, grownUint32 } from './growable.ts';

/** Clusters of one event, ordered by sensor. Columns may be longer than `size`. */
export interface Clusters {
  readonly size: number;
  /** Channel id, with the sensor, the pixel and whether the centre is off the pixel's. */
  readonly channelIds: Uint32Array;
  /** From the centre of the pixel to the centre of the cluster, along the columns; pixels, 0 up to 1. */
  readonly columnFractions: Float32Array;
  /** The same along the rows. */
  readonly rowFractions: Float32Array;
}

/**
 * Clusters of one event as growing columns, meant to be cleared and filled again for every event. Fill them sensor by
 * sensor in rising order: hits are then ordered by module, as track finding needs it.
 */
export class ClusterBuffer implements Clusters {
  size = 0;
  channelIds: Uint32Array = new Uint32Array(1024);
  columnFractions: Float32Array = new Float32Array(1024);
  rowFractions: Float32Array = new Float32Array(1024);

  /** Forgets all clusters and keeps the memory. */
  clear(): void {
    this.size = 0;
  }

  /** Makes room for `more` further clusters. */
  reserve(more: number): void {
    const needed = this.size + more;
    if (needed <= this.channelIds.length) return;
    this.channelIds = grownUint32(this.channelIds, needed);
    this.columnFractions = grownFloat32(this.columnFractions, needed);
    this.rowFractions = grownFloat32(this.rowFractions, needed);
  }

  /** Adds a cluster by its pixel and the fractions (pixels, 0 up to 1) from there to its centre. */
  push(
    sensor: number,
    column: number,
    row: number,
    columnFraction: number,
    rowFraction: number,
  ): void {
    this.reserve(1);
    const index = this.size++;
    const columnQuarters = (columnFraction * 4) | 0;
    const rowQuarters = (rowFraction * 4) | 0;
    this.channelIds[index] = channelId(sensor, column, row, columnQuarters, rowQuarters);
    this.columnFractions[index] = columnFraction;
    this.rowFractions[index] = rowFraction;
  }
}
