/**
 * A packet is one message of a subject. All numbers are little endian.
 *
 *     0  u16  magic 0x4d45, the letters EM
 *     2  u8   version of the layout
 *     3  u8   flags: 1 where the packet is a chunk of a frame
 *     4  u32  sequence: counts the packets of the subject, from 0, and wraps
 *     8  u32  frames in the packet          chunk: its index among the chunks of the frame
 *    12  u32  0                             chunk: number of chunks of the frame
 *    16       the frames                    chunk: u32 bytes of the frame, u32 bytes of this chunk, then these
 */
const magic = 0x4d45;

/** Changes with every change of layout: packets of another version are refused. */
const layoutVersion = 1;

const chunkFlag = 1;

/** Bytes before the first frame of a packet. */
export const packetHeaderBytes = 16;

/** Bytes before the bytes of a chunk. */
export const chunkHeaderBytes = 24;

/** Writes the header of a packet of whole frames. */
export function writePacketHeader(view: DataView, sequence: number, frames: number): void {
  writeStart(view, 0, sequence);
  view.setUint32(8, frames, true);
  view.setUint32(12, 0, true);
}

/** What a chunk says of itself and of its frame. */
export interface ChunkHeader {
  readonly index: number;
  readonly count: number;
  /** Bytes of the frame. */
  readonly totalBytes: number;
  /** Bytes of the frame in this chunk. */
  readonly bytes: number;
}

/** Writes the header of a packet that is a chunk. */
export function writeChunkHeader(view: DataView, sequence: number, chunk: ChunkHeader): void {
  writeStart(view, chunkFlag, sequence);
  view.setUint32(8, chunk.index, true);
  view.setUint32(12, chunk.count, true);
  view.setUint32(16, chunk.totalBytes, true);
  view.setUint32(20, chunk.bytes, true);
}

/** What is wrong with the start of a packet, or `undefined`. */
export function packetProblem(view: DataView): string | undefined {
  const bytes = view.byteLength;
  if (bytes < packetHeaderBytes) return `${String(bytes)} bytes are no packet`;
  if (view.getUint16(0, true) !== magic) return 'it does not begin like a packet of edmesh';
  const version = view.getUint8(2);
  if (version !== layoutVersion) {
    return `it has layout ${String(version)}, this is ${String(layoutVersion)}`;
  }
  const flags = view.getUint8(3);
  if (flags === 0) return view.getUint32(12, true) === 0 ? undefined : 'unused bytes are not 0';
  if (flags !== chunkFlag) return `its flags ${String(flags)} are unknown`;
  if (bytes <= chunkHeaderBytes) return 'the chunk is empty';
  const said = view.getUint32(20, true);
  return said === bytes - chunkHeaderBytes ? undefined : 'the chunk is not as long as it says';
}

/** Whether a packet that has no {@link packetProblem} is a chunk. */
export function isChunk(view: DataView): boolean {
  return view.getUint8(3) === chunkFlag;
}

/** What a chunk says of itself. */
export function chunkOf(view: DataView): ChunkHeader {
  return {
    index: view.getUint32(8, true),
    count: view.getUint32(12, true),
    totalBytes: view.getUint32(16, true),
    bytes: view.getUint32(20, true),
  };
}

/** How many frames a packet says it holds. */
export function framesIn(view: DataView): number {
  return view.getUint32(8, true);
}

/** The sequence number of a packet. */
export function sequenceOf(view: DataView): number {
  return view.getUint32(4, true);
}

function writeStart(view: DataView, flags: number, sequence: number): void {
  view.setUint16(0, magic, true);
  view.setUint8(2, layoutVersion);
  view.setUint8(3, flags);
  view.setUint32(4, sequence, true);
}
