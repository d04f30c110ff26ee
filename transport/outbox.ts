import { EdmeshError } from '../edm/index.ts';
import type { Channel } from './channel.ts';
import { LargeFrameWriter } from './chunks.ts';
import {
  aligned,
  defaultMaxFrameBytes,
  frameHeaderBytes,
  writeFrameHeader,
  type FrameHeader,
} from './frame.ts';
import { PacketSlab } from './packet-slab.ts';
import { chunkHeaderBytes, packetHeaderBytes, writePacketHeader } from './packet.ts';
import { Traffic } from './traffic.ts';
import { frameTooLarge } from './wire-errors.ts';

/** A frame above this size travels in packets of its own. */
const smallFrameBytes = 8 * 1024;
/** A packet of small frames is published early when it would grow beyond this. */
const batchBytes = 32 * 1024;
const firstBatchBytes = 1024;

const zeros = Array.from({ length: 8 }, (_, bytes) => new Uint8Array(bytes));

/** What outboxes need. */
export interface OutboxOptions {
  readonly channel: Channel;
  /** Calls `flush` once, later in the same turn: `queueMicrotask`. What `flush` throws, the channel has thrown. */
  readonly soon: (flush: () => void) => void;
  /** The largest frame, header included; 256 MiB unless given. */
  readonly maxFrameBytes?: number;
  /** Counts what is sent. */
  readonly traffic?: Traffic;
}

/**
 * The outboxes of one channel, one a subject. Small frames of one turn travel together; what was opened first leaves first,
 * so that frames which are always written in the order of their outboxes also leave in it.
 */
export class Outboxes {
  readonly #channel: Channel;
  readonly #soon: (flush: () => void) => void;
  readonly #maxFrameBytes: number;
  /** What goes over the links of the endpoint. */
  readonly traffic: Traffic;
  readonly #boxes = new Map<string, Outbox>();
  readonly #slab = new PacketSlab();
  /** Those with a packet under way, by rank. */
  readonly #waiting: Outbox[] = [];
  #opened = 0;
  #isDue = false;

  constructor(options: OutboxOptions) {
    const { channel, soon, maxFrameBytes = defaultMaxFrameBytes, traffic } = options;
    if (channel.maxPayloadBytes <= chunkHeaderBytes) {
      const bytes = String(channel.maxPayloadBytes);
      throw new EdmeshError(
        'EDMESH_CONFIGURATION',
        `a channel with payloads of ${bytes} bytes has no room for frames; raise its limit`,
      );
    }
    this.#channel = channel;
    this.#soon = soon;
    this.#maxFrameBytes = maxFrameBytes;
    this.traffic = traffic ?? new Traffic();
  }

  /** The outbox of a subject, which is made on first use. */
  open(subject: string): Outbox {
    let box = this.#boxes.get(subject);
    if (box === undefined) {
      const { maxPayloadBytes } = this.#channel;
      box = new Outbox(subject, this.#opened++, {
        maxPacketBytes: maxPayloadBytes,
        maxFrameBytes: this.#maxFrameBytes,
        slab: this.#slab,
        traffic: this.traffic,
        wake: (woken) => this.#wake(woken),
        flush: () => this.flush(),
        publish: (packet) => this.#channel.publish(subject, packet),
      });
      this.#boxes.set(subject, box);
    }
    return box;
  }

  /** Forgets a subject; what was written to it is published before. */
  close(subject: string): void {
    this.flush();
    this.#boxes.delete(subject);
  }

  /** Publishes every packet under way, in the order in which they were opened. */
  flush(): void {
    // Each is off the list first: what hears of a packet may write the next frame at once.
    for (let box = this.#waiting.shift(); box !== undefined; box = this.#waiting.shift()) {
      box.publish();
    }
  }

  /** Frames that are written and have not been published. */
  get framesUnderWay(): number {
    let frames = 0;
    for (const box of this.#waiting) frames += box.framesUnderWay;
    return frames;
  }

  /** Something has been completed: the channel may see whether all is where it should be. */
  checkpoint(): void {
    this.#channel.checkpoint?.();
  }

  /** The packets sent so far, by subject: what a heartbeat says. */
  sentBySubject(): Map<string, number> {
    return new Map([...this.#boxes].map(([subject, box]) => [subject, box.sent]));
  }

  #wake(box: Outbox): void {
    const waiting = this.#waiting;
    let at = waiting.length;
    while (at > 0 && (waiting[at - 1]?.rank ?? -1) > box.rank) at--;
    if (at === waiting.length) waiting.push(box);
    else waiting.splice(at, 0, box);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#soon(this.#due);
  }

  readonly #due = (): void => {
    this.#isDue = false;
    this.flush();
  };
}

/** What an outbox has of the {@link Outboxes} that it belongs to. */
interface OutboxHome {
  readonly maxPacketBytes: number;
  readonly maxFrameBytes: number;
  readonly slab: PacketSlab;
  readonly traffic: Traffic;
  readonly wake: (box: Outbox) => void;
  readonly flush: () => void;
  readonly publish: (packet: Uint8Array) => void;
}

/** Writes the frames of one subject. A frame is begun, its body is written in as many parts as one likes, no more no less. */
export class Outbox {
  readonly subject: string;
  /** Its place among the outboxes of its channel. */
  readonly rank: number;
  /** Packets published so far. */
  sent = 0;
  readonly #home: OutboxHome;
  readonly #large: LargeFrameWriter;
  readonly #smallBytes: number;
  readonly #batchBytes: number;
  #batch = Buffer.allocUnsafeSlow(firstBatchBytes);
  #view = new DataView(this.#batch.buffer);
  #frames = 0;
  #at = packetHeaderBytes;
  #isLarge = false;
  #bodyBytes = 0;
  /** Bytes of the body that are still to be written. */
  #left = 0;

  constructor(subject: string, rank: number, home: OutboxHome) {
    const { maxPacketBytes } = home;
    this.subject = subject;
    this.rank = rank;
    this.#home = home;
    this.#smallBytes = Math.min(smallFrameBytes, maxPacketBytes - packetHeaderBytes);
    this.#batchBytes = Math.min(batchBytes, maxPacketBytes);
    this.#large = new LargeFrameWriter(
      { sent: () => this.sent, post: (packet) => this.#post(packet) },
      maxPacketBytes,
    );
  }

  /**
   * Begins a frame with a body of this many bytes, which `write` and `align` must then give in the same turn. A large
   * frame publishes all that other outboxes hold first. Throws `EDMESH_FRAME_TOO_LARGE`.
   */
  begin(header: FrameHeader, bodyBytes: number): void {
    if (this.#left !== 0) throw this.#defect(`${String(this.#left)} bytes of a body are missing`);
    if (!fits(header)) throw this.#defect('a field of a frame is out of its range');
    const bytes = frameHeaderBytes + aligned(bodyBytes);
    if (!(bytes <= this.#smallBytes)) {
      this.#beginLarge(header, bodyBytes, bytes);
      return;
    }
    if (this.#frames > 0 && this.#at + bytes > this.#batchBytes) this.#home.flush();
    if (this.#frames === 0) this.#home.wake(this);
    const at = this.#at;
    if (at + bytes > this.#batch.length) this.#enlarge(at + bytes);
    if (bodyBytes > 0) this.#view.setFloat64(at + bytes - 8, 0);
    writeFrameHeader(this.#view, at, header, bodyBytes);
    this.#frames += 1;
    this.#home.traffic.framesSent += 1;
    this.#isLarge = false;
    this.#bodyBytes = this.#left = bodyBytes;
    this.#at = at + (bodyBytes === 0 ? bytes : frameHeaderBytes);
  }

  /** Frames of the packet under way. */
  get framesUnderWay(): number {
    return this.#frames;
  }

  /** Writes the next bytes of the body: they are copied. */
  write(source: Uint8Array): void {
    if (source.length > this.#left) throw this.#defect('a body is longer than was announced');
    if (source.length === 0) return;
    this.#left -= source.length;
    if (this.#isLarge) {
      this.#large.append(source);
      if (this.#left === 0) this.#large.end();
      return;
    }
    this.#batch.set(source, this.#at);
    this.#at += source.length;
    if (this.#left === 0) this.#at = aligned(this.#at);
  }

  /** Writes zeros up to the next multiple of 8 from the start of the body. */
  align(): void {
    const written = this.#bodyBytes - this.#left;
    const pad = zeros[aligned(written) - written];
    if (pad !== undefined) this.write(pad);
  }

  /** Publishes the packet under way, if there is one. */
  publish(): void {
    if (this.#left !== 0) throw this.#defect(`${String(this.#left)} bytes of a body are missing`);
    if (this.#frames === 0) return;
    const bytes = this.#at;
    writePacketHeader(this.#view, this.sent, this.#frames);
    this.#frames = 0;
    this.#at = packetHeaderBytes;
    this.#post(this.#home.slab.copyOf(this.#batch, bytes));
  }

  #beginLarge(header: FrameHeader, bodyBytes: number, bytes: number): void {
    const { maxFrameBytes } = this.#home;
    if (!(bytes <= maxFrameBytes)) throw frameTooLarge(this.subject, bytes, maxFrameBytes);
    this.#home.flush();
    this.#home.traffic.framesSent += 1;
    this.#isLarge = true;
    this.#bodyBytes = this.#left = bodyBytes;
    this.#large.begin(header, bodyBytes);
  }

  #enlarge(needed: number): void {
    const batch = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#batch.length));
    this.#batch.copy(batch, 0, 0, this.#at);
    this.#batch = batch;
    this.#view = new DataView(batch.buffer);
  }

  #post(packet: Uint8Array): void {
    this.sent += 1;
    this.#home.traffic.bytesSent += packet.byteLength;
    this.#home.publish(packet);
  }

  #defect(problem: string): EdmeshError {
    return new EdmeshError('EDMESH_INTERNAL', `${this.subject}: ${problem}`, {
      fields: { subject: this.subject },
    });
  }
}

/** Whether every field of a header is in the range that the other side will accept. */
function fits(header: FrameHeader): boolean {
  const { flags, slot, attempt, run, lumi, event, ordinal, timeUs, block } = header;
  return (
    (flags & 0xff) === flags &&
    (slot & 0xffff) === slot &&
    attempt >>> 0 === attempt &&
    run >>> 0 === run &&
    lumi >>> 0 === lumi &&
    block >>> 0 === block &&
    Number.isSafeInteger(event) &&
    event >= 0 &&
    Number.isSafeInteger(ordinal) &&
    ordinal >= 0 &&
    Number.isFinite(timeUs)
  );
}
