import { asEdmeshError, withContext, type EdmeshError } from '../edm/index.ts';
import { ChunkAssembly } from './chunks.ts';
import { defaultMaxFrameBytes, frameEnd, FrameView, readFrame } from './frame.ts';
import {
  chunkHeaderBytes,
  chunkOf,
  framesIn,
  isChunk,
  packetHeaderBytes,
  packetProblem,
  sequenceOf,
} from './packet.ts';
import { PacketSequence } from './sequence.ts';
import { Traffic } from './traffic.ts';
import { frameGap, frameInvalid, frameTooLarge } from './wire-errors.ts';

/** What a sequence number can bridge. */
const largestLoss = 0x7fff_ffff;

/** What an inbox needs. */
export interface InboxOptions {
  readonly subject: string;
  /** Gets each frame in its turn. The view is reused: copy what outlives the call. What it throws is a problem. */
  readonly onFrame: (frame: FrameView) => void;
  /**
   * Is told of bytes that are no packet (`EDMESH_FRAME_INVALID`), of packets that are lost, late or doubled
   * (`EDMESH_FRAME_GAP`) and of frames above the limit (`EDMESH_FRAME_TOO_LARGE`).
   */
  readonly onProblem: (error: EdmeshError) => void;
  /** The largest frame that is taken, header included; 256 MiB unless given. */
  readonly maxFrameBytes?: number;
  /** Counts what comes. */
  readonly traffic?: Traffic;
}

/**
 * Reads the packets of one subject. A packet is checked whole before any of its frames is given on; one that is refused
 * gives none. After a loss, reading goes on with the packet that came.
 */
export class Inbox {
  readonly subject: string;
  readonly #onFrame: (frame: FrameView) => void;
  readonly #onProblem: (error: EdmeshError) => void;
  readonly #maxFrameBytes: number;
  readonly #traffic: Traffic;
  readonly #sequence = new PacketSequence();
  readonly #assembly = new ChunkAssembly();
  readonly #frame = new FrameView();
  /** The rest of a frame whose first chunk was lost or refused is passed over. */
  #skips = false;

  constructor(options: InboxOptions) {
    const { subject, onFrame, onProblem, maxFrameBytes, traffic } = options;
    this.subject = subject;
    this.#onFrame = onFrame;
    this.#onProblem = onProblem;
    this.#maxFrameBytes = maxFrameBytes ?? defaultMaxFrameBytes;
    this.#traffic = traffic ?? new Traffic();
  }

  /** Packets that have come or are known to be lost: the number of the next one. */
  get received(): number {
    return this.#sequence.expected;
  }

  /** Takes a message of the subject. Never throws. The payload is not kept. */
  accept(payload: Uint8Array): void {
    this.#traffic.bytesReceived += payload.byteLength;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const problem = packetProblem(view);
    if (problem !== undefined) {
      this.#onProblem(frameInvalid(this.subject, 0, problem));
      return;
    }
    if (isChunk(view)) {
      if (this.#isInTurn(view)) this.#acceptChunk(payload, view);
      return;
    }
    const unsound = unsoundAt(view);
    if (unsound >= 0) {
      this.#onProblem(frameInvalid(this.subject, unsound, 'no sound frame fits the packet'));
      return;
    }
    if (!this.#isInTurn(view)) return;
    this.#skips = false;
    if (this.#assembly.underWay) {
      this.#assembly.drop();
      this.#onProblem(frameInvalid(this.subject, 0, 'a packet came between the chunks of a frame'));
      return;
    }
    let at = packetHeaderBytes;
    for (let left = framesIn(view); left > 0; left -= 1) {
      at = this.#give(payload, view, at);
    }
  }

  /** The other side says that it has sent so many packets, all of them before this was said. */
  expectAtLeast(count: number): void {
    const { expected } = this.#sequence;
    if (!Number.isSafeInteger(count) || count - expected > largestLoss) {
      const problem = `the other side says it has sent ${String(count)} packets`;
      this.#onProblem(frameInvalid(this.subject, 0, problem));
    } else if (count > expected) {
      this.#lose(expected, count);
    }
  }

  /** Whether the packet is the next one, or one after a loss. */
  #isInTurn(view: DataView): boolean {
    const sequence = sequenceOf(view);
    const place = this.#sequence.place(sequence);
    if (place === 'behind') {
      this.#onProblem(frameGap(this.subject, this.#sequence.expected, sequence, place));
      return false;
    }
    if (place === 'ahead') {
      this.#lose(this.#sequence.expected, this.#sequence.unwrapped(sequence));
    }
    this.#sequence.expected += 1;
    return true;
  }

  #lose(expected: number, received: number): void {
    this.#sequence.expected = received;
    this.#assembly.drop();
    this.#skips = true;
    this.#onProblem(frameGap(this.subject, expected, received, 'ahead'));
  }

  #acceptChunk(payload: Uint8Array, view: DataView): void {
    const chunk = chunkOf(view);
    if (this.#skips && chunk.index > 0) return;
    this.#skips = false;
    const problem = this.#assembly.problem(chunk);
    if (problem !== undefined || chunk.totalBytes > this.#maxFrameBytes) {
      this.#assembly.drop();
      this.#skips = true;
      this.#onProblem(
        problem === undefined
          ? frameTooLarge(this.subject, chunk.totalBytes, this.#maxFrameBytes)
          : frameInvalid(this.subject, 8, problem),
      );
      return;
    }
    if (!this.#assembly.add(chunk, payload.subarray(chunkHeaderBytes))) return;
    const frame = this.#assembly.take();
    const frameView = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    if (frameEnd(frameView, 0, frame.length) === frame.length) this.#give(frame, frameView, 0);
    else
      this.#onProblem(frameInvalid(this.subject, 0, 'the chunks are not those of a sound frame'));
  }

  /** Gives on the frame at an offset, and returns the offset of the next one. */
  #give(bytes: Uint8Array, view: DataView, at: number): number {
    const next = frameEnd(view, at, view.byteLength);
    readFrame(this.#frame, bytes, view, at);
    this.#traffic.framesReceived += 1;
    try {
      this.#onFrame(this.#frame);
    } catch (thrown) {
      this.#onProblem(withContext(asEdmeshError(thrown), `subject ${this.subject}`));
    }
    return next;
  }
}

/** Where the frames of a packet cease to be sound or to fill it, or -1. */
function unsoundAt(view: DataView): number {
  const end = view.byteLength;
  let at = packetHeaderBytes;
  for (let left = framesIn(view); left > 0; left -= 1) {
    const next = frameEnd(view, at, end);
    if (next < 0) return at;
    at = next;
  }
  return at === end && end > packetHeaderBytes ? -1 : at;
}
