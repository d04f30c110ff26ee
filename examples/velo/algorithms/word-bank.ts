import { EdmeshError } from 'edmesh';
import { sensorCount } from './channel-id.ts';

/**
 * Checks the payload of a VELO bank, a u32 count followed by so many u32 words, and returns the count.
 *
 * @param bank the bank type, for messages
 * @throws EdmeshError `EDMESH_EVENT_CORRUPT` naming bank, sensor and offset, where the payload leaves the view, the count
 * does not agree with the length, or the sensor does not exist
 */
export function readWordCount(
  view: DataView,
  offset: number,
  length: number,
  sensor: number,
  bank: number,
): number {
  const fail = (problem: string): EdmeshError =>
    new EdmeshError(
      'EDMESH_EVENT_CORRUPT',
      `bank ${String(bank)} of sensor ${String(sensor)}, byte ${String(offset)}: ${problem}`,
      { fields: { bank, sensor, offset } },
    );
  if (!Number.isInteger(sensor) || sensor < 0 || sensor >= sensorCount) {
    throw fail('no such sensor');
  }
  if (offset < 0 || length < 4 || offset + length > view.byteLength) {
    throw fail(`the payload of ${String(length)} bytes is cut short`);
  }
  const count = view.getUint32(offset, true);
  if (4 + 4 * count !== length) {
    throw fail(`it declares ${String(count)} words in ${String(length)} bytes`);
  }
  return count;
}
