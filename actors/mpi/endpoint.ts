import { sourceLabel, type EdmeshError, type EventPrincipal } from '../../edm/index.ts';
import {
  endpointName,
  frameKinds,
  heartbeatSubject,
  helloSubject,
  linksTo,
  Outboxes,
  parseLinkSubject,
  Traffic,
  type Channel,
  type FrameView,
} from '../../transport/index.ts';
import type { ConnectedLane, LaneConnection } from '../lane/lane-connection.ts';
import type { LanePlace } from '../lane/lane-places.ts';
import { closeChannel } from './close-channel.ts';
import type { ControllerPort } from './controller-port.ts';
import { FollowerFrames } from './follower-frames.ts';
import { Handshake, type OpenParts } from './handshake.ts';
import { bodyOf, failureSchema, heartbeatBytes, heartbeatIn, helloIn } from './hello.ts';
import { FlushPace } from './flush-pace.ts';
import { Inboxes } from './inboxes.ts';
import { JoinWait } from './join-wait.ts';
import type { Link } from './link.ts';
import { LinkWatch } from './link-watch.ts';
import {
  failureOf,
  givenUp,
  neverOpened,
  peerFailed,
  stoppedEarly,
  unreadable,
  whileInHand,
} from './mesh-errors.ts';
import { pendingBytesMax, type MeshParts } from './mesh-options.ts';
import { endsByOrigin, type PairPort } from './pair-port.ts';
import { Partners } from './partners.ts';
import { SendGate } from './send-gate.ts';
import type { SourcePort } from './source-port.ts';

/** One lane's end of the mesh: its channel, its links, and the MPI modules that use them. */
export class LaneEndpoint implements LaneConnection {
  readonly name: string;
  readonly process: string;
  readonly controllers: ControllerPort[] = [];
  readonly pairs: PairPort[] = [];
  source: SourcePort | undefined;
  readonly traffic = new Traffic();
  readonly #mesh: MeshParts;
  readonly #place: LanePlace;
  readonly #links = new Map<string, Link>();
  readonly #inboxes: Inboxes;
  readonly #partners: Partners;
  readonly #join: JoinWait;
  readonly #followers: FollowerFrames;
  #lane: ConnectedLane | undefined;
  #channel: Channel | undefined;
  #gate: SendGate | undefined;
  #outboxes: Outboxes | undefined;
  #handshake: Handshake | undefined;
  #watch: LinkWatch | undefined;
  #isOver = false;

  constructor(mesh: MeshParts, place: LanePlace, process: string) {
    this.#mesh = mesh;
    this.#place = place;
    this.process = process;
    this.name = endpointName(process, place.index, place.lanes);
    const { controllers } = this;
    const fail = (error: EdmeshError) => {
      this.#fail(error);
    };
    this.#inboxes = new Inboxes({
      job: mesh.job,
      endpoint: this.name,
      take: (from, instance, frame) => {
        if (this.#isOver) return;
        if (instance === 0) this.#control(from, frame);
        else this.#products(from, instance, frame);
      },
      traffic: this.traffic,
      problem: (from, error) => {
        const events = this.#links.get(from)?.inHand ?? [];
        this.#fail(events.length === 0 ? error : whileInHand(error, events));
      },
    });
    this.#partners = new Partners({
      process,
      session: mesh.session,
      isPartner: (name) =>
        this.source?.controller === name ||
        controllers.some(({ followers }) => followers.includes(name)),
    });
    this.#followers = new FollowerFrames({
      process,
      accepted: (link, controller, frame) => this.#handshake?.accepted(link, controller, frame),
      interrupt: (error) => this.#lane?.interrupt(error),
      fail,
    });
    this.#join = new JoinWait({
      mesh,
      controllers,
      source: () => this.source,
      partners: this.#partners,
      links: this.#links,
      fail,
    });
  }

  /** Where senders wait while too much has not left for the server. */
  get gate(): SendGate {
    return this.#gate ?? neverOpened();
  }

  async open(lane: ConnectedLane): Promise<void> {
    this.#lane = lane;
    const origins = this.controllers.map(({ label }) => label);
    if (this.source !== undefined) origins.push(sourceLabel);
    if (origins.length === 0) return;
    const ends = endsByOrigin(this.pairs, origins);
    const { job, openChannel } = this.#mesh;
    const channel = (this.#channel = await openChannel(this.name, lane));
    this.#gate = new SendGate(channel, pendingBytesMax);
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
    const outboxes = new Outboxes({ channel, traffic: this.traffic, soon: pace.soon });
    this.#outboxes = outboxes;
    const handshake = this.#meetWith({ lane, channel, outboxes, ends });
    this.#handshake = handshake;
    this.#watch = new LinkWatch({
      environment: lane.environment,
      heartbeatMs: this.#mesh.heartbeatMs,
      peerTimeoutMs: this.#mesh.peerTimeoutMs,
      links: () => [...this.#links.values()],
      beat: () => {
        this.#guarded(() => {
          channel.publish(heartbeatSubject(job, this.name), heartbeatBytes(outboxes));
          // A hello may have been lost, as any message.
          if (!this.#isOver && this.#join.missing.length > 0) handshake.greet();
        });
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
        const hello = helloIn(payload, subject);
        if (!this.#isOver) handshake.hear(hello);
      });
    });
    await channel.flush();
    const joined = this.#join.followers(lane);
    // What it rejects with may come before it is waited for.
    joined.catch(() => undefined);
    if (lane.stopping.aborted) this.#stopped();
    else {
      lane.stopping.addEventListener('abort', () => {
        this.#stopped();
      });
      handshake.greet();
    }
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
    this.#join.stop();
    const gaveUp = givenUp(error);
    this.source?.abandon();
    this.#gate?.abandon(gaveUp);
    for (const controller of this.controllers) controller.abandon(gaveUp);
    for (const link of this.#links.values()) link.abandon(gaveUp);
    if (this.#channel === undefined || error.code === 'EDMESH_PROCESS_TWICE') return;
    const failure = failureOf(error, this.process);
    const knows = ({ partnerProcess }: Link) =>
      partnerProcess === failure.process || partnerProcess === error.fields.toldBy;
    this.#guarded(() => {
      if (this.#join.missing.length > 0) this.#handshake?.greet(null, failure);
      for (const link of this.#links.values()) {
        if (link.isActive && !knows(link)) link.sendControl(frameKinds.abort, {}, failure);
      }
      this.#outboxes?.flush();
    });
  }

  async close(): Promise<void> {
    const isWhole = !this.#isOver;
    this.#isOver = true;
    this.#join.stop();
    this.#watch?.stop();
    this.#guarded(() => this.#outboxes?.flush());
    await closeChannel(this.#channel, isWhole);
  }

  #meetWith(open: OpenParts): Handshake {
    const parts = {
      mesh: this.#mesh,
      place: this.#place,
      process: this.process,
      endpoint: this.name,
      controllers: this.controllers,
      source: () => this.source,
      partners: this.#partners,
      links: this.#links,
      inboxes: this.#inboxes,
      heartbeat: this.#heartbeat.bind(this),
      joined: () => {
        this.#join.look();
      },
      fail: this.#fail.bind(this),
    };
    return new Handshake(parts, open);
  }

  #heartbeat(partner: string, subject: string, payload: Uint8Array): void {
    this.#guarded(() => {
      const link = this.#links.get(partner);
      if (link !== undefined) this.#watch?.heard(link);
      for (const [sentTo, count] of heartbeatIn(payload, subject)) {
        if (parseLinkSubject(sentTo)?.from !== partner) continue;
        this.#inboxes.of(sentTo)?.expectAtLeast(count);
      }
    });
  }

  /** The job is to take no more events. A follower without a controller has none to finish. */
  #stopped(): void {
    if (this.#isOver || this.source === undefined || this.source.isJoined) return;
    this.#guarded(() => {
      this.#handshake?.greet(null, failureOf(stoppedEarly(), this.process));
    });
    this.source.endOfData();
  }

  #products(from: string, instance: number, frame: FrameView): void {
    const link = this.#links.get(from);
    if (link === undefined || frame.kind !== frameKinds.products) return;
    link.takeProducts(frame, instance);
  }

  #control(from: string, frame: FrameView): void {
    if (frame.kind === frameKinds.connect) {
      this.#handshake?.connect(from, frame);
      return;
    }
    const link = this.#links.get(from);
    if (link === undefined) return;
    if (frame.kind === frameKinds.abort) {
      link.tell({ type: 'LOST' });
      this.#fail(peerFailed(bodyOf(frame, failureSchema), link.partnerProcess));
      return;
    }
    const controller = this.controllers.find(({ links }) => links.includes(link));
    if (controller === undefined) this.source?.take(link, frame);
    else this.#followers.take(link, controller, frame);
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
