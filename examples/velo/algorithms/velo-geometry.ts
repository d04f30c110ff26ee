import { EdmeshError } from 'edmesh';
import { columnCount, moduleCount, sensorCount } from './channel-id.ts';

/** Numbers of one sensor in {@link VeloGeometry.transforms}: a row-major 3x3 rotation and a translation (mm). */
export const transformLength = 12;

/** Where the pixels of the VELO are. Lengths in millimetres. */
export interface VeloGeometry {
  /** z of the modules; 52. */
  readonly moduleZ: Float32Array;
  /** Local x of the centres of the pixel columns; 768. */
  readonly localX: Float32Array;
  /** Widths of the pixel columns; 768. */
  readonly xPitch: Float32Array;
  /** From local to global coordinates; 208 x 12. */
  readonly transforms: Float32Array;
}

/** The height of a pixel, mm. */
export const rowPitch = 0.055;

/**
 * Parses the binary VELO geometry: module z, local x and x pitch, each with a u64 count before its f32 values, then the
 * counts 208 and 12 and the transforms; little endian.
 *
 * @param name of the file, for messages
 * @throws EdmeshError `EDMESH_FILE_READ` naming byte offset and field, where a count, the length or a value is wrong
 */
export function parseVeloGeometry(bytes: Uint8Array, name = 'velo geometry'): VeloGeometry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const fail = (field: string, problem: string): EdmeshError =>
    new EdmeshError('EDMESH_FILE_READ', `${name}, byte ${String(offset)}, ${field}: ${problem}`, {
      fields: { file: name, offset, field },
    });
  const count = (field: string, expected: number): void => {
    if (offset + 8 > view.byteLength) throw fail(field, 'the file ends before the count');
    const found = view.getBigUint64(offset, true);
    if (found !== BigInt(expected)) {
      throw fail(field, `expected the count ${String(expected)}, found ${String(found)}`);
    }
    offset += 8;
  };
  const values = (field: string, length: number): Float32Array => {
    if (offset + 4 * length > view.byteLength) {
      throw fail(field, `the file ends before its ${String(length)} values do`);
    }
    const column = new Float32Array(length);
    for (let index = 0; index < length; index++, offset += 4) {
      const value = view.getFloat32(offset, true);
      if (!Number.isFinite(value)) throw fail(field, `value ${String(index)} is not finite`);
      column[index] = value;
    }
    return column;
  };
  count('module z', moduleCount);
  const moduleZ = values('module z', moduleCount);
  count('local x', columnCount);
  const localX = values('local x', columnCount);
  count('x pitch', columnCount);
  const xPitch = values('x pitch', columnCount);
  count('sensors', sensorCount);
  count('numbers of a transform', transformLength);
  const transforms = values('transforms', sensorCount * transformLength);
  if (offset !== view.byteLength) throw fail('end', 'there are bytes after the last value');
  return { moduleZ, localX, xPitch, transforms };
}

/** The bytes that {@link parseVeloGeometry} reads. */
export function veloGeometryBytes(geometry: VeloGeometry): Uint8Array<ArrayBuffer> {
  const { moduleZ, localX, xPitch, transforms } = geometry;
  const values = moduleZ.length + localX.length + xPitch.length + transforms.length;
  const bytes = new Uint8Array(5 * 8 + 4 * values);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  const count = (value: number): void => {
    view.setBigUint64(offset, BigInt(value), true);
    offset += 8;
  };
  const column = (array: Float32Array): void => {
    for (const value of array) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  };
  for (const array of [moduleZ, localX, xPitch]) {
    count(array.length);
    column(array);
  }
  count(transforms.length / transformLength);
  count(transformLength);
  column(transforms);
  return bytes;
}
