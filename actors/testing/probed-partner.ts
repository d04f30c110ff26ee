import type { AllocateBuffer, ProductType } from '../../edm/index.ts';
import {
  decodeSerialised,
  FrameHeader,
  frameKinds,
  heartbeatSubject,
  helloSubject,
  Inbox,
  linksTo,
  linkSubject,
  Outboxes,
  parseLinkSubject,
  ProductsReader,
  ProductsWriter,
  encodeSerialised,
  type Channel,
  type FrameView,
} from '../../transport/index.ts';
import { heartbeatBytes, helloBytes, helloIn, type Hello } from '../mpi/hello.ts';

/** The name of a kind of frames. */
export type FrameName = keyof typeof frameKinds;

/** What a frame says besides its body; see the protocol of each kind. */
export type FrameFields = Partial<Omit<FrameHeader, 'kind'>>;

/** A frame that the process under test has sent. */
export interface ProbedFrame extends Readonly<Omit<FrameHeader, 'kind'>> {
  readonly kind: FrameName;
  /** 0, or the instance of the `MPISender` that sent it. */
  readonly instance: number;
  /** The products of a `products` frame; `undefined`: its path was not active. A missing product is `undefined` too. */
  readonly products: readonly unknown[] | undefined;
  /** What the body of another frame says. */
  readonly body: unknown;
}

/** What a partner that is played is made of. */
export interface ProbedPartnerParts {
  readonly job: string;
  /** Names of the partner, and of the process under test. */
  readonly partner: string;
  readonly process: string;
  readonly channel: Channel;
  readonly allocate: AllocateBuffer;
  readonly sends: Readonly<Record<number, readonly ProductType[]>>;
  readonly receives: Readonly<Record<number, readonly ProductType[]>>;
  /** Somebody says hello. */
  readonly hello: (hello: Hello) => void;
}

const kindNames = new Map<number, string>(
  Object.entries(frameKinds).map(([name, kind]) => [kind, name]),
);
const isFrameName = (name: string | undefined): name is FrameName =>
  name !== undefined && Object.hasOwn(frameKinds, name);

/** The other end of a link, without anything that acts on its own. */
export class ProbedPartner {
  /** Frames that have come, oldest first. */
  readonly frames: ProbedFrame[] = [];
  readonly #parts: ProbedPartnerParts;
  readonly #outboxes: Outboxes;
  readonly #inboxes = new Map<string, Inbox>();
  readonly #header = new FrameHeader();

  constructor(parts: ProbedPartnerParts) {
    const { job, partner, channel, hello } = parts;
    this.#parts = parts;
    this.#outboxes = new Outboxes({ channel, soon: queueMicrotask });
    channel.subscribe(linksTo(job, partner), (subject, payload) => {
      this.#inboxOf(subject).accept(payload);
    });
    channel.subscribe(helloSubject(job), (subject, payload) => {
      hello(helloIn(payload, subject));
    });
  }

  greet(answersTo: string | null): void {
    const { job, partner, channel } = this.#parts;
    const hello = { endpoint: partner, process: partner, lane: 0, lanes: 1, session: 'probe' };
    channel.publish(helloSubject(job), helloBytes({ ...hello, answersTo, failure: null }));
  }

  beat(): void {
    const { job, partner, channel } = this.#parts;
    channel.publish(heartbeatSubject(job, partner), heartbeatBytes(this.#outboxes));
  }

  send(kind: FrameName, fields: FrameFields, body?: unknown): void {
    const outbox = this.#outboxes.open(this.#subject(0));
    const bytes =
      body === undefined ? new Uint8Array(0) : encodeSerialised(body, `body of ${kind}`);
    outbox.begin(Object.assign(this.#header, fields, { kind: frameKinds[kind] }), bytes.length);
    outbox.write(bytes);
  }

  sendProducts(
    instance: number,
    values: readonly unknown[] | undefined,
    fields: FrameFields,
  ): void {
    const { sends } = this.#parts;
    const writer = new ProductsWriter(agreed(sends[instance] ?? []));
    const outbox = this.#outboxes.open(this.#subject(instance));
    const header = Object.assign(this.#header, fields, { kind: frameKinds.products });
    if (values === undefined) writer.writeInactive(outbox, header);
    else writer.write(outbox, header, values);
  }

  sendBytes(instance: number, bytes: Uint8Array): void {
    this.#parts.channel.publish(this.#subject(instance), Uint8Array.from(bytes));
  }

  #subject(instance: number): string {
    const { job, partner, process } = this.#parts;
    return linkSubject(job, partner, process, instance);
  }

  #inboxOf(subject: string): Inbox {
    const known = this.#inboxes.get(subject);
    if (known !== undefined) return known;
    const instance = parseLinkSubject(subject)?.instance ?? 0;
    const { receives, allocate } = this.#parts;
    const reader = new ProductsReader(agreed(receives[instance] ?? []), subject, allocate);
    const inbox = new Inbox({
      subject,
      onFrame: (frame) => {
        this.frames.push(probed(frame, instance, reader));
      },
      onProblem: (error) => {
        throw error;
      },
    });
    this.#inboxes.set(subject, inbox);
    return inbox;
  }
}

/** Product types as both sides of a link declare them. */
export function agreed(
  types: readonly ProductType[],
): { readonly branch: string; readonly type: ProductType }[] {
  return types.map((type, at) => ({ branch: `product ${String(at + 1)} of the probe`, type }));
}

function probed(frame: FrameView, instance: number, reader: ProductsReader): ProbedFrame {
  const { flags, slot, attempt, run, lumi, event, ordinal, timeUs, block } = frame;
  const name = kindNames.get(frame.kind);
  const values: unknown[] = [];
  const isActive = frame.kind === frameKinds.products && reader.read(frame, values);
  return {
    kind: isFrameName(name) ? name : 'abort',
    instance,
    ...{ flags, slot, attempt, run, lumi, event, ordinal, timeUs, block },
    products: isActive ? values : undefined,
    body:
      frame.kind === frameKinds.products || frame.bodyBytes === 0
        ? undefined
        : decodeSerialised(frame.body(), 'the body of a frame', 0),
  };
}
