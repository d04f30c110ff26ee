import { sourceLabel, type EdmeshError } from '../../edm/index.ts';
import {
  frameKinds,
  heartbeatSubject,
  helloSubject,
  type Channel,
  type FrameView,
  type Outboxes,
} from '../../transport/index.ts';
import type { ConnectedLane } from '../lane/lane-connection.ts';
import type { LanePlace } from '../lane/lane-places.ts';
import { contractOf, contractProblems, type LinkEnd } from './contract.ts';
import type { ControllerPort } from './controller-port.ts';
import { acceptSchema, bodyOf, connectSchema, helloBytes, type Hello } from './hello.ts';
import type { Inboxes } from './inboxes.ts';
import { Link } from './link.ts';
import { mismatch, peerFailed, startedTwice, type Failure } from './mesh-errors.ts';
import type { MeshParts } from './mesh-options.ts';
import type { Partners } from './partners.ts';
import type { SourcePort } from './source-port.ts';

/** What an endpoint meets others with. */
export interface HandshakeParts {
  readonly mesh: MeshParts;
  readonly place: LanePlace;
  readonly process: string;
  readonly endpoint: string;
  readonly controllers: readonly ControllerPort[];
  readonly source: () => SourcePort | undefined;
  readonly partners: Partners;
  readonly links: Map<string, Link>;
  readonly inboxes: Inboxes;
  /** Takes a heartbeat of a partner. */
  readonly heartbeat: (partner: string, subject: string, payload: Uint8Array) => void;
  /** Somebody has joined. */
  readonly joined: () => void;
  readonly fail: (error: EdmeshError) => void;
}

/** What an endpoint has from the time on at which it is open. */
export interface OpenParts {
  readonly lane: ConnectedLane;
  readonly channel: Channel;
  readonly outboxes: Outboxes;
  /** Senders and receivers, by origin. */
  readonly ends: ReadonlyMap<string, readonly LinkEnd[]>;
}

/** How an endpoint meets its partners: hello, then from controller to follower connect, and back accept or refuse. */
export class Handshake {
  readonly #parts: HandshakeParts;
  readonly #open: OpenParts;
  #hasGreeted = false;

  constructor(parts: HandshakeParts, open: OpenParts) {
    this.#parts = parts;
    this.#open = open;
  }

  /** Says hello to all, in answer to a session or not; or says why there is nobody to say hello to. */
  greet(answersTo: string | null = null, failure: Failure | null = null): void {
    const { mesh, place, process, endpoint } = this.#parts;
    const { job, session } = mesh;
    const { index: lane, lanes } = place;
    const hello = { endpoint, process, lane, lanes, session, answersTo, failure };
    this.#hasGreeted = true;
    this.#open.channel.publish(helloSubject(job), helloBytes(hello));
  }

  /** Somebody says hello. */
  hear(hello: Hello): void {
    const { mesh, process: own, partners, fail } = this.#parts;
    const { process, session, answersTo, failure } = hello;
    const heard = partners.hear(hello);
    if (heard === 'twin') {
      // Who was there first says so; that one goes on.
      if (answersTo === mesh.session) fail(startedTwice(own, mesh.job));
      else if (answersTo === null && failure === null) this.greet(session);
      return;
    }
    if (heard === 'stranger' || heard === 'impostor') return;
    if (failure !== null) fail(peerFailed(failure, process));
    else {
      // An answer to another lane may come before this one has said hello; what is sent to who does not know us is lost.
      if (answersTo === null || !this.#hasGreeted) this.greet(session);
      if (heard === 'new') this.#meet(hello);
    }
  }

  /** A controller has found this follower. */
  connect(from: string, frame: FrameView): void {
    const { process: own, mesh, links, partners, joined, fail } = this.#parts;
    const { process, lanes, contract } = bodyOf(frame, connectSchema);
    const source = this.#parts.source();
    if (source?.controller !== process || !partners.isOf(from, process) || links.has(from)) return;
    const ends = this.#open.ends.get(sourceLabel) ?? [];
    const link = this.#link(process, from, ends, true);
    const mine = { process: own, contract: contractOf(ends) };
    const problems = contractProblems({ process, contract }, mine);
    if (problems.length > 0) {
      link.sendControl(frameKinds.refuse, {}, { problems });
      this.#open.outboxes.flush();
      fail(mismatch(own, process, problems));
      return;
    }
    const slots = Math.max(1, Math.floor((mesh.slots ?? source.slots) / lanes));
    link.offer(slots);
    source.addLink(link, lanes);
    link.tell({ type: 'JOINED' });
    link.sendControl(frameKinds.accept, {}, { slots });
    if (this.#open.lane.stopping.aborted) source.drain();
    joined();
  }

  /** A follower has agreed. */
  accepted(link: Link, controller: ControllerPort, frame: FrameView): void {
    if (link.actor.getSnapshot().value !== 'joining') throw link.invalid('it joins twice');
    const { slots } = bodyOf(frame, acceptSchema);
    link.tell({ type: 'JOINED' });
    controller.joined(link, slots);
    this.#parts.joined();
  }

  #meet({ process, endpoint }: Hello): void {
    const { mesh, process: own, place, controllers, inboxes, heartbeat } = this.#parts;
    const { channel, ends } = this.#open;
    inboxes.admit(endpoint, 0);
    channel.subscribe(heartbeatSubject(mesh.job, endpoint), (subject, payload) => {
      heartbeat(endpoint, subject, payload);
    });
    const controller = controllers.find(({ followers }) => followers.includes(process));
    if (controller === undefined) return;
    const mine = ends.get(controller.label) ?? [];
    const link = this.#link(process, endpoint, mine, false);
    controller.addLink(link);
    const { lanes } = place;
    link.sendControl(frameKinds.connect, {}, { process: own, lanes, contract: contractOf(mine) });
  }

  #link(
    partnerProcess: string,
    partner: string,
    ends: readonly LinkEnd[],
    opensOnArrival: boolean,
  ): Link {
    const { mesh, process, endpoint, inboxes, links } = this.#parts;
    const { lane, outboxes } = this.#open;
    for (const { direction, instance } of ends) {
      if (direction === 'receive') inboxes.admit(partner, instance);
    }
    const link = new Link({
      job: mesh.job,
      process,
      endpoint,
      partnerProcess,
      partner,
      outboxes,
      allocate: lane.environment.allocate,
      ends,
      opensOnArrival,
      parent: lane.actor,
    });
    link.heardMs = lane.environment.now();
    links.set(partner, link);
    return link;
  }
}
