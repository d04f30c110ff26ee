import { aligned, frameHeaderBytes, writeFrameHeader, type FrameHeader } from './frame.ts';
import {
  chunkHeaderBytes,
  packetHeaderBytes,
  writeChunkHeader,
  writePacketHeader,
  type ChunkHeader,
} from './packet.ts';

/** The largest packet that is a chunk, where the channel takes as much. */
const largestChunkPacketBytes = 512 * 1024;

const nothing = new Uint8Array(0);
const zeros = new Uint8Array(8);

/** Where the packets of a large frame go. */
export interface PacketPost {
  /** Packets posted so far: the sequence number of the next one. */
  sent(): number;
  post(packet: Uint8Array): void;
}

/**
 * Writes one large frame after the other, each into packets of its own: one, or as many chunks as it takes. What is
 * appended is copied once, to where it is sent from.
 */
export class LargeFrameWriter {
  readonly #post: PacketPost;
  readonly #maxPacketBytes: number;
  readonly #chunkBytes: number;
  readonly #head = new Uint8Array(frameHeaderBytes);
  readonly #headView = new DataView(this.#head.buffer);
  #packet = nothing;
  #at = 0;
  #index = 0;
  #count = 0;
  #totalBytes = 0;
  /** Bytes of the frame that are in no packet yet. */
  #left = 0;

  constructor(post: PacketPost, maxPacketBytes: number) {
    this.#post = post;
    this.#maxPacketBytes = maxPacketBytes;
    this.#chunkBytes = Math.min(maxPacketBytes, largestChunkPacketBytes) - chunkHeaderBytes;
  }

  begin(header: FrameHeader, bodyBytes: number): void {
    this.#totalBytes = this.#left = frameHeaderBytes + aligned(bodyBytes);
    const whole = packetHeaderBytes + this.#totalBytes <= this.#maxPacketBytes;
    this.#count = whole ? 1 : Math.ceil(this.#totalBytes / this.#chunkBytes);
    this.#index = 0;
    this.#open();
    writeFrameHeader(this.#headView, 0, header, bodyBytes);
    this.append(this.#head);
  }

  append(source: Uint8Array): void {
    let from = 0;
    while (from < source.length) {
      if (this.#at === this.#packet.length) this.#open();
      const take = Math.min(source.length - from, this.#packet.length - this.#at);
      const part = take === source.length ? source : source.subarray(from, from + take);
      this.#packet.set(part, this.#at);
      this.#at += take;
      this.#left -= take;
      from += take;
      if (this.#at === this.#packet.length) this.#close();
    }
  }

  /** Ends the frame: what is missing to a multiple of 8 is 0. */
  end(): void {
    if (this.#left > 0) this.append(zeros.subarray(0, this.#left));
  }

  #open(): void {
    const sequence = this.#post.sent();
    if (this.#count === 1) {
      this.#packet = Buffer.allocUnsafeSlow(packetHeaderBytes + this.#totalBytes);
      writePacketHeader(viewOf(this.#packet), sequence, 1);
      this.#at = packetHeaderBytes;
      return;
    }
    const bytes = Math.min(this.#chunkBytes, this.#left);
    this.#packet = Buffer.allocUnsafeSlow(chunkHeaderBytes + bytes);
    writeChunkHeader(viewOf(this.#packet), sequence, {
      index: this.#index,
      count: this.#count,
      totalBytes: this.#totalBytes,
      bytes,
    });
    this.#at = chunkHeaderBytes;
  }

  #close(): void {
    const packet = this.#packet;
    this.#packet = nothing;
    this.#at = 0;
    this.#index += 1;
    this.#post.post(packet);
  }
}

/** A larger buffer than this is kept only while frames fill at least a fourth of it. */
const keptBytes = 4 * 1024 * 1024;
const smallestBytes = 64 * 1024;

/** Puts the chunks of one frame together. Its memory grows with the bytes that have come, not with what they claim. */
export class ChunkAssembly {
  #bytes: Uint8Array = nothing;
  #received = 0;
  #next = 0;
  #count = 0;
  #totalBytes = 0;

  /** Whether a frame has begun to come. */
  get underWay(): boolean {
    return this.#next > 0;
  }

  /** What speaks against a chunk as the next one, or `undefined`. */
  problem(chunk: ChunkHeader): string | undefined {
    const { index, count, totalBytes, bytes } = chunk;
    if (index !== this.#next) {
      return `chunk ${String(index)} came where chunk ${String(this.#next)} was due`;
    }
    if (index > 0 && (count !== this.#count || totalBytes !== this.#totalBytes)) {
      return 'chunks of one frame differ in what they say of it';
    }
    const left = totalBytes - (index === 0 ? 0 : this.#received) - bytes;
    const chunksLeft = count - index - 1;
    const fits = chunksLeft === 0 ? left === 0 : left >= chunksLeft;
    return chunksLeft >= 0 && fits ? undefined : 'the sizes of chunks do not add up';
  }

  /** Takes a chunk that has no {@link problem}; true when the frame is complete. */
  add(chunk: ChunkHeader, source: Uint8Array): boolean {
    if (chunk.index === 0) {
      this.#received = 0;
      this.#count = chunk.count;
      this.#totalBytes = chunk.totalBytes;
    }
    this.#grow(this.#received + source.length);
    this.#bytes.set(source, this.#received);
    this.#received += source.length;
    this.#next += 1;
    return this.#next === this.#count;
  }

  /** The bytes of the frame that is complete, lent until the next chunk comes. */
  take(): Uint8Array {
    const frame = this.#bytes.subarray(0, this.#totalBytes);
    this.drop();
    return frame;
  }

  /** Forgets a frame that will not be completed. */
  drop(): void {
    const capacity = this.#bytes.length;
    if (capacity > keptBytes && this.#received < capacity / 4) this.#bytes = nothing;
    this.#next = 0;
    this.#received = 0;
  }

  #grow(needed: number): void {
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(
      Math.min(this.#totalBytes, Math.max(4 * needed, smallestBytes)),
    );
    if (this.#received > 0) bytes.set(this.#bytes.subarray(0, this.#received));
    this.#bytes = bytes;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
