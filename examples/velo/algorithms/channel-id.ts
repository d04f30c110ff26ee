/** Sensors of the VELO: 52 modules with four each; the module of a sensor is `sensor >> 2`. */
export const sensorCount = 208;
/** Modules of the VELO; even and odd ones are the two halves of the detector. */
export const moduleCount = 52;
/** Pixel columns of a sensor, over its three chips. */
export const columnCount = 768;
/** Pixel rows of a sensor. */
export const rowCount = 256;

/** The bits of a channel id that Monte Carlo truth carries; compare ids after `id & truthIdMask`. */
export const truthIdMask = 0x0fffffff;

/** The parts of a channel id. */
export interface ChannelParts {
  /** 0 to 207. */
  readonly sensor: number;
  /** Pixel column in the sensor, 0 to 767. */
  readonly column: number;
  /** Pixel row in the sensor, 0 to 255. */
  readonly row: number;
  /** Whether the cluster centre lies off the centre of the pixel, along the columns. */
  readonly columnFraction: boolean;
  /** Whether the cluster centre lies off the centre of the pixel, along the rows. */
  readonly rowFraction: boolean;
}

/**
 * The 28-bit VELO channel id of a cluster.
 *
 * @param columnQuarters quarter pixels (0 to 3) between the pixel and the cluster centre, along the columns
 * @param rowQuarters the same along the rows
 */
export function channelId(
  sensor: number,
  column: number,
  row: number,
  columnQuarters = 0,
  rowQuarters = 0,
): number {
  const fractions = (columnQuarters === 0 ? 0 : 1 << 27) | (rowQuarters === 0 ? 0 : 1 << 26);
  return fractions | (sensor << 18) | ((column >> 8) << 16) | ((column & 255) << 8) | row;
}

/** The sensor of a channel id. */
export function channelSensor(id: number): number {
  return (id >> 18) & 0xff;
}

/** The pixel column, in the sensor, of a channel id; above 767 only where the id is invalid. */
export function channelColumn(id: number): number {
  return (id >> 8) & 0x3ff;
}

/** The pixel row of a channel id. */
export function channelRow(id: number): number {
  return id & 0xff;
}

/** Takes a channel id apart. */
export function channelParts(id: number): ChannelParts {
  return {
    sensor: channelSensor(id),
    column: channelColumn(id),
    row: channelRow(id),
    columnFraction: ((id >> 27) & 1) === 1,
    rowFraction: ((id >> 26) & 1) === 1,
  };
}
