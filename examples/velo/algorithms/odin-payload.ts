import { odinBytes, type Odin } from 'edmesh';

/** The version of ODIN banks that {@link odinPayload} makes. */
export const odinVersion = 6;

/** The payload of an ODIN bank, in which all that is not named is 0. */
export function odinPayload(
  odin: Pick<Odin, 'run' | 'event' | 'gpsTime'>,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(odinBytes));
  view.setUint32(0, odin.run, true);
  view.setUint32(12, Number(odin.event >> 32n), true);
  view.setUint32(16, Number(odin.event & 0xffffffffn), true);
  view.setUint32(20, Number(odin.gpsTime >> 32n), true);
  view.setUint32(24, Number(odin.gpsTime & 0xffffffffn), true);
  return new Uint8Array(view.buffer);
}
