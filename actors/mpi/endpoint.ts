import { sourceLabel, type EdmeshError, type EventPrincipal } from '../../edm/index.ts';
import {
  endpointName,
  frameKinds,
  heartbeatSubject,
  helloSubject,
  linksTo,
  Outboxes,
  parseLinkSubject,
  type Channel,
  type FrameView,
} from '../../transport/index.ts';
import type { ConnectedLane, LaneConnection } from '../lane-connection.ts';
import type { LanePlace } from '../lane-places.ts';
import { closeChannel } from './close-channel.ts';
import { contractOf, contractProblems, type LinkEnd } from './contract.ts';
import type { ControllerPort } from './controller-port.ts';
import {
  abortSchema,
  acceptSchema,
  connectSchema,
  bodyOf,
  heartbeatBytes,
  heartbeatIn,
  helloBytes,
  helloIn,
  refuseSchema,
  type Hello,
} from './hello.ts';
import { FlushPace } from './flush-pace.ts';
import { Inboxes } from './inboxes.ts';
import { JoinWait } from './join-wait.ts';
import { Link } from './link.ts';
import { LinkWatch } from './link-watch.ts';
import { leftEarly, mismatch, neverOpened, peerFailed, unreadable } from './mesh-errors.ts';
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
  readonly #inboxes = new Inboxes(
    (from, instance, frame) => {
      if (this.#isOver) return;
      if (instance === 0) this.#control(from, frame);
      else this.#products(from, instance, frame);
    },
    (error) => {
      this.#fail(error);
    },
  );
  readonly #known = new Map<string, Hello>();
  readonly #join: JoinWait;
  #ends: ReadonlyMap<string, readonly LinkEnd[]> = new Map();
  #lane: ConnectedLane | undefined;
  #channel: Channel | undefined;
  #outboxes: Outboxes | undefined;
  #watch: LinkWatch | undefined;
  #isOver = false;

  constructor(mesh: MeshParts, place: LanePlace, process: string) {
    this.#mesh = mesh;
    this.#place = place;
    this.process = process;
    this.name = endpointName(process, place.index, place.lanes);
    const { controllers } = this;
    this.#join = new JoinWait({ mesh, controllers, known: this.#known, links: this.#links });
  }

  get channel(): Channel {
    return this.#channel ?? neverOpened();
  }

  async open(lane: ConnectedLane): Promise<void> {
    this.#lane = lane;
    const origins = this.controllers.map(({ label }) => label);
    if (this.source !== undefined) origins.push(sourceLabel);
    if (origins.length === 0) return;
    this.#ends = endsByOrigin(this.pairs, origins);
    const { job, openChannel } = this.#mesh;
    const channel = await openChannel(this.name, lane);
    this.#channel = channel;
    channel.onStatus((status) => {
      if (status.kind === 'closed' && status.error !== undefined) this.#fail(status.error);
    });
    const pace = new FlushPace({
      environment: lane.environment,
      framesUnderWay: () => this.#outboxes?.framesUnderWay ?? 0,
      eventsInFlight: () => this.#eventsInFlight(),
      failed: (error) => {
        this.#fail(unreadable(this.name, error));
      },
    });
    const outboxes = new Outboxes({ channel, soon: pace.soon });
    this.#outboxes = outboxes;
    this.#watch = new LinkWatch({
      environment: lane.environment,
      heartbeatMs: this.#mesh.heartbeatMs,
      peerTimeoutMs: this.#mesh.peerTimeoutMs,
      links: () => [...this.#links.values()],
      beat: () => {
        channel.publish(heartbeatSubject(job, this.name), heartbeatBytes(outboxes));
      },
      lost: (error) => {
        this.#fail(error);
      },
    });
    channel.subscribe(linksTo(job, this.name), (subject, payload) => {
      this.#inboxes.of(subject)?.accept(payload);
    });
    channel.subscribe(helloSubject(job), (subject, payload) => {
      this.#guarded(() => {
        this.#hear(helloIn(payload, subject));
      });
    });
    await channel.flush();
    // A lane without controllers waits for nobody; without any it has no events when the job is stopped.
    const joined = this.controllers.length === 0 ? undefined : this.#join.all(lane);
    lane.stopping.addEventListener('abort', () => {
      if (this.#links.size === 0) this.source?.endOfData();
    });
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
    this.#join.refuse(error);
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
    const isWhole = !this.#isOver;
    this.#isOver = true;
    this.#watch?.stop();
    this.#guarded(() => this.#outboxes?.flush());
    await closeChannel(this.#channel, isWhole);
  }

  #greet(isAnswer: boolean, failure: string | null): void {
    const hello = { endpoint: this.name, process: this.process, isAnswer, failure };
    this.channel.publish(helloSubject(this.#mesh.job), helloBytes(hello, this.#place));
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
    const lane = this.#lane ?? neverOpened();
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
        for (const [sentTo, count] of heartbeatIn(payload, subject)) {
          if (parseLinkSubject(sentTo)?.to === this.name) {
            this.#inboxes.of(sentTo)?.expectAtLeast(count);
          }
        }
      });
    });
    return link;
  }

  #products(from: string, instance: number, frame: FrameView): void {
    const link = this.#links.get(from);
    if (link === undefined || frame.kind !== frameKinds.products) return;
    link.takeProducts(frame, instance);
  }

  #control(from: string, frame: FrameView): void {
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
        controller?.joined(link, acceptSchema.parse(bodyOf(frame)).slots);
        this.#join.look();
        return;
      case frameKinds.refuse: {
        const { problems } = refuseSchema.parse(bodyOf(frame));
        this.#fail(mismatch(this.process, link.partnerProcess, problems));
        return;
      }
      case frameKinds.left:
        if (link.actor.getSnapshot().value === 'draining') link.actor.send({ type: 'LEFT' });
        else if (this.#lane?.stopping.aborted !== true) this.#fail(leftEarly(link.partnerProcess));
        controller?.lookAtLeft();
        return;
      case frameKinds.abort: {
        const { process, code, message } = abortSchema.parse(bodyOf(frame));
        link.actor.send({ type: 'LOST' });
        this.#fail(peerFailed(process, code, message));
        controller?.lookAtLeft();
        return;
      }
      default:
        this.source?.take(link, frame);
        if (frame.kind === frameKinds.endLumi) this.channel.checkpoint?.();
    }
  }

  /** A controller has found this follower. */
  #connect(from: string, frame: FrameView): void {
    const { process, lanes, contract } = connectSchema.parse(bodyOf(frame));
    const { source } = this;
    if (source?.controller !== process || this.#links.has(from)) return;
    const ends = this.#ends.get(sourceLabel) ?? [];
    const link = this.#link(process, from, ends);
    const own = { process: this.process, contract: contractOf(ends) };
    const problems = contractProblems({ process, contract }, own);
    if (problems.length > 0) {
      link.sendControl(frameKinds.refuse, {}, { problems });
      this.#outboxes?.flush();
      this.#fail(mismatch(this.process, process, problems));
      return;
    }
    const slots = Math.max(1, Math.floor((this.#mesh.slots ?? source.slots) / lanes));
    link.opensOnArrival = true;
    link.offer(slots);
    source.addLink(link, lanes);
    link.actor.send({ type: 'JOINED' });
    link.sendControl(frameKinds.accept, {}, { slots });
  }

  #eventsInFlight(): number {
    let events = 0;
    for (const link of this.#links.values()) events += link.eventsInFlight;
    return events;
  }

  #fail(error: EdmeshError): void {
    if (this.#isOver) return;
    this.#join.refuse(error);
    this.#lane?.fail(error);
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(unreadable(this.name, error));
    }
  }
}
