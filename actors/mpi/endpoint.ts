import { EdmeshError, listedError, sourceLabel, type EventPrincipal } from '../../edm/index.ts';
import {
  decodeSerialised,
  encodeSerialised,
  endpointName,
  frameKinds,
  heartbeatSubject,
  helloSubject,
  Inbox,
  linksTo,
  Outboxes,
  parseLinkSubject,
  type Channel,
  type FrameView,
} from '../../transport/index.ts';
import type { ConnectedLane, LaneConnection } from '../lane-connection.ts';
import type { LanePlace } from '../lane-places.ts';
import { contractOf, contractProblems, type LinkEnd } from './contract.ts';
import type { ControllerPort } from './controller-port.ts';
import {
  abortSchema,
  acceptSchema,
  connectSchema,
  heartbeatSchema,
  helloSchema,
  refuseSchema,
  type Hello,
} from './hello.ts';
import { Link } from './link.ts';
import { LinkWatch } from './link-watch.ts';
import type { MeshParts } from './mesh-options.ts';
import { endsByOrigin, type PairPort } from './pair-port.ts';
import type { SourcePort } from './source-port.ts';

/** One lane's end of the mesh: its channel, its links, and the MPI modules that use them. */
export class LaneEndpoint implements LaneConnection {
  readonly name: string;
  readonly process: string;
  readonly controllers: ControllerPort[] = [];
  readonly pairs: PairPort[] = [];
  source: SourcePort | undefined;
  readonly #mesh: MeshParts;
  readonly #place: LanePlace;
  readonly #links = new Map<string, Link>();
  readonly #inboxes = new Map<string, Inbox>();
  readonly #known = new Map<string, Hello>();
  #ends: ReadonlyMap<string, readonly LinkEnd[]> = new Map();
  #lane: ConnectedLane | undefined;
  #channel: Channel | undefined;
  #outboxes: Outboxes | undefined;
  #watch: LinkWatch | undefined;
  #joined: () => void = () => undefined;
  #refused: (error: unknown) => void = () => undefined;
  #isOver = false;

  constructor(mesh: MeshParts, place: LanePlace, process: string) {
    this.#mesh = mesh;
    this.#place = place;
    this.process = process;
    this.name = endpointName(process, place.index, place.lanes);
  }

  /** Whether the process has any MPI module. */
  get isUsed(): boolean {
    return this.controllers.length > 0 || this.source !== undefined;
  }

  /** Bytes that have not left for the broker. */
  get channel(): Channel {
    if (this.#channel !== undefined) return this.#channel;
    throw new EdmeshError('EDMESH_INTERNAL', `${this.name} is not connected yet`);
  }

  async open(lane: ConnectedLane): Promise<void> {
    this.#lane = lane;
    if (!this.isUsed) return;
    const origins = this.controllers.map(({ label }) => label);
    if (this.source !== undefined) origins.push(sourceLabel);
    this.#ends = endsByOrigin(this.pairs, origins);
    const { job, openChannel } = this.#mesh;
    const channel = await openChannel(this.name);
    this.#channel = channel;
    channel.onStatus((status) => {
      if (status.kind === 'closed' && status.error !== undefined) this.#fail(status.error);
    });
    const outboxes = new Outboxes({
      channel,
      soon: (flush) => {
        queueMicrotask(() => {
          this.#guarded(flush);
        });
      },
    });
    this.#outboxes = outboxes;
    this.#watch = new LinkWatch({
      environment: lane.environment,
      heartbeatMs: this.#mesh.heartbeatMs,
      peerTimeoutMs: this.#mesh.peerTimeoutMs,
      links: () => [...this.#links.values()],
      beat: () => {
        const sent = [...outboxes.sentBySubject()];
        channel.publish(heartbeatSubject(job, this.name), encodeSerialised(sent, 'heartbeat'));
      },
      lost: (error) => {
        this.#fail(error);
      },
    });
    channel.subscribe(linksTo(job, this.name), (subject, payload) => {
      this.#inboxOf(subject)?.accept(payload);
    });
    channel.subscribe(helloSubject(job), (subject, payload) => {
      this.#guarded(() => {
        this.#hear(helloSchema.parse(decodeSerialised(payload, subject, 0)));
      });
    });
    await channel.flush();
    const joined = this.#join(lane);
    this.#greet(false, null);
    this.#watch.start();
    await joined;
  }

  eventBegun(principal: EventPrincipal): void {
    for (const controller of this.controllers) controller.begun(principal);
  }

  eventEnded(principal: EventPrincipal): void {
    for (const controller of this.controllers) controller.ended(principal);
  }

  failed(error: EdmeshError): void {
    this.#isOver = true;
    this.#refused(error);
    for (const controller of this.controllers) controller.abandon();
    if (error.code === 'EDMESH_PEER_FAILED' || this.#channel === undefined) return;
    this.#guarded(() => {
      if (this.#links.size === 0) this.#greet(false, error.message);
      for (const link of this.#links.values()) {
        if (link.actor.getSnapshot().status === 'active') link.abort(error);
      }
      this.#outboxes?.flush();
    });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#watch?.stop();
    for (const { actor } of this.#links.values()) {
      if (actor.getSnapshot().status === 'active') actor.send({ type: 'LEFT' });
    }
    this.#guarded(() => this.#outboxes?.flush());
    // What goes wrong now has been told, or does not matter any more.
    await this.#channel?.close().catch(() => undefined);
  }

  /** Resolves when every follower of this lane has offered its slots. A lane without controllers waits for nobody. */
  async #join({ environment, stopping }: ConnectedLane): Promise<void> {
    if (this.controllers.length === 0) {
      stopping.addEventListener('abort', () => {
        if (this.#links.size === 0) this.source?.endOfData();
      });
      return;
    }
    const { joinTimeoutMs } = this.#mesh;
    const timer = environment.after(joinTimeoutMs, () => {
      const missing = this.controllers.flatMap(({ followers }) =>
        followers.filter((process) => !this.#hasJoined(process)),
      );
      this.#refused(
        new EdmeshError(
          'EDMESH_PEER_LOST',
          `${missing.join(', ')} did not join job ${this.#mesh.job} within ${String(joinTimeoutMs)} ms; start it`,
          { fields: { processes: missing } },
        ),
      );
    });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#joined = resolve;
        this.#refused = reject;
        stopping.addEventListener('abort', () => {
          reject(new EdmeshError('EDMESH_INTERRUPTED', 'stopped before the followers had joined'));
        });
      });
    } finally {
      timer.cancel();
    }
  }

  #hasJoined(process: string): boolean {
    const own = [...this.#links.values()].filter((link) => link.partnerProcess === process);
    const lanes = [...this.#known.values()].find((hello) => hello.process === process)?.lanes;
    const ready = own.filter(({ actor }) => actor.getSnapshot().value === 'ready');
    return lanes !== undefined && ready.length === lanes;
  }

  #greet(isAnswer: boolean, failure: string | null): void {
    const { index: lane, lanes } = this.#place;
    const hello: Hello = {
      endpoint: this.name,
      process: this.process,
      lane,
      lanes,
      isAnswer,
      failure,
    };
    this.channel.publish(helloSubject(this.#mesh.job), encodeSerialised(hello, 'hello'));
  }

  #hear(hello: Hello): void {
    const { endpoint, process, isAnswer, failure } = hello;
    if (endpoint === this.name || this.#isOver) return;
    const controller = this.controllers.find(({ followers }) => followers.includes(process));
    const isPartner = controller !== undefined || this.source?.controller === process;
    if (!isPartner) return;
    if (failure !== null) {
      this.#fail(peerFailed(process, 'EDMESH_PEER_FAILED', failure));
      return;
    }
    if (!isAnswer) this.#greet(true, null);
    if (this.#known.has(endpoint)) return;
    this.#known.set(endpoint, hello);
    if (controller === undefined) return;
    const ends = this.#ends.get(controller.label) ?? [];
    const link = this.#link(process, endpoint, ends);
    controller.addLink(link);
    const { lanes } = this.#place;
    const contract = contractOf(ends);
    link.sendControl(frameKinds.connect, {}, { process: this.process, lanes, contract });
  }

  #link(partnerProcess: string, partner: string, ends: readonly LinkEnd[]): Link {
    const { lane } = this;
    const link = new Link({
      job: this.#mesh.job,
      process: this.process,
      endpoint: this.name,
      partnerProcess,
      partner,
      outboxes: this.#outboxes ?? neverOpened(),
      allocate: lane.environment.allocate,
      ends,
      parent: lane.actor,
    });
    link.heardMs = lane.environment.now();
    this.#links.set(partner, link);
    this.channel.subscribe(heartbeatSubject(this.#mesh.job, partner), (subject, payload) => {
      this.#guarded(() => {
        this.#watch?.heard(link);
        for (const [sentTo, count] of heartbeatSchema.parse(
          decodeSerialised(payload, subject, 0),
        )) {
          if (parseLinkSubject(sentTo)?.to === this.name) {
            this.#inboxOf(sentTo)?.expectAtLeast(count);
          }
        }
      });
    });
    return link;
  }

  get lane(): ConnectedLane {
    return this.#lane ?? neverOpened();
  }

  /** The inbox of a subject; `undefined` where nobody that this endpoint works with sends on it. */
  #inboxOf(subject: string): Inbox | undefined {
    const known = this.#inboxes.get(subject);
    if (known !== undefined) return known;
    const parsed = parseLinkSubject(subject);
    if (parsed === undefined) return undefined;
    const { from, instance } = parsed;
    const inbox = new Inbox({
      subject,
      onFrame: (frame) => {
        if (instance === 0) this.#control(from, frame);
        else this.#products(from, instance, frame);
      },
      onProblem: (error) => {
        this.#fail(error);
      },
    });
    this.#inboxes.set(subject, inbox);
    return inbox;
  }

  #products(from: string, instance: number, frame: FrameView): void {
    if (this.#isOver) return;
    const link = this.#links.get(from);
    if (link === undefined || frame.kind !== frameKinds.products) return;
    link.takeProducts(frame, instance);
  }

  #control(from: string, frame: FrameView): void {
    if (this.#isOver) return;
    if (frame.kind === frameKinds.connect) {
      this.#connect(from, frame);
      return;
    }
    const link = this.#links.get(from);
    if (link === undefined) return;
    const controller = this.controllers.find(({ links }) => links.includes(link));
    switch (frame.kind) {
      case frameKinds.eventDone:
        controller?.endedThere(link, frame);
        return;
      case frameKinds.accept:
        link.actor.send({ type: 'JOINED' });
        controller?.joined(link, acceptSchema.parse(this.#body(frame)).slots);
        if (this.controllers.every(({ followers }) => followers.every((p) => this.#hasJoined(p)))) {
          this.#joined();
        }
        return;
      case frameKinds.refuse: {
        const { problems } = refuseSchema.parse(this.#body(frame));
        this.#fail(this.#mismatch(link.partnerProcess, problems));
        return;
      }
      case frameKinds.left:
        if (link.actor.getSnapshot().value === 'draining') link.actor.send({ type: 'LEFT' });
        else if (!this.lane.stopping.aborted) this.#fail(leftEarly(link.partnerProcess));
        controller?.lookAtLeft();
        return;
      case frameKinds.abort: {
        const { process, code, message } = abortSchema.parse(this.#body(frame));
        link.actor.send({ type: 'LOST' });
        this.#fail(peerFailed(process, code, message));
        controller?.lookAtLeft();
        return;
      }
      default:
        this.source?.take(link, frame);
    }
  }

  /** A controller has found this follower. */
  #connect(from: string, frame: FrameView): void {
    const { process, lanes, contract } = connectSchema.parse(this.#body(frame));
    const { source } = this;
    if (source?.controller !== process || this.#links.has(from)) return;
    const ends = this.#ends.get(sourceLabel) ?? [];
    const link = this.#link(process, from, ends);
    const own = { process: this.process, contract: contractOf(ends) };
    const problems = contractProblems({ process, contract }, own);
    if (problems.length > 0) {
      link.sendControl(frameKinds.refuse, {}, { problems });
      this.#outboxes?.flush();
      this.#fail(this.#mismatch(process, problems));
      return;
    }
    const slots = Math.max(1, Math.floor((this.#mesh.slots ?? source.slots) / lanes));
    link.opensOnArrival = true;
    link.offer(slots);
    source.addLink(link, lanes);
    link.actor.send({ type: 'JOINED' });
    link.sendControl(frameKinds.accept, {}, { slots });
  }

  #mismatch(partner: string, problems: readonly string[]): EdmeshError {
    const title = `the MPI modules of ${this.process} and ${partner} do not match`;
    return listedError('EDMESH_CONTRACT', title, problems);
  }

  #body(frame: FrameView): unknown {
    return decodeSerialised(frame.body(), 'a control frame', 0);
  }

  #fail(error: EdmeshError): void {
    if (this.#isOver) return;
    this.#refused(error);
    this.#lane?.fail(error);
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(
        error instanceof EdmeshError
          ? error
          : new EdmeshError('EDMESH_FRAME_INVALID', `${this.name} got what it cannot read`, {
              cause: error,
            }),
      );
    }
  }
}

function peerFailed(process: string, code: string, message: string): EdmeshError {
  return new EdmeshError('EDMESH_PEER_FAILED', `process ${process} has failed: ${message}`, {
    fields: { process, code },
  });
}

function leftEarly(process: string): EdmeshError {
  return new EdmeshError('EDMESH_PEER_LOST', `process ${process} has left before the end of data`, {
    fields: { process },
  });
}

function neverOpened(): never {
  throw new EdmeshError('EDMESH_INTERNAL', 'the endpoint is not open yet');
}
