/**
 * Messages that were made to do harm, at an endpoint that is joined, joining or in the middle of events: each is a typed error
 * or ignored. Nothing throws, nothing grows, and nobody hears of it but the partner. Together with the bytes of
 * `test/transport/hostile-bytes.test.ts` these are more than 200,000 inputs.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { EdmeshError, type EventInfo, type PushedEvent } from '../../../edm/index.ts';
import { settle, simulatedEnvironment } from '../../../actors/testing/index.ts';
import { ControllerPort } from '../../../actors/mpi/controller-port.ts';
import { LaneEndpoint } from '../../../actors/mpi/endpoint.ts';
import { SourcePort } from '../../../actors/mpi/source-port.ts';
import type { Channel, FrameKind } from '../../../transport/index.ts';
import { frameKinds } from '../../../transport/index.ts';
import { decodeSerialised, encodeSerialised } from '../../../transport/serialised-codec.ts';
import { runSimulated } from './mesh-jobs.ts';
import { Count, echoLocal, echoRemote } from './mesh-modules.ts';

interface Message {
  readonly subject: string;
  readonly payload: Uint8Array;
}

type Name = 'LOCAL' | 'REMOTE';

/** What LOCAL and REMOTE say to each other in a whole job. */
async function soundMessages(): Promise<Readonly<Record<Name, readonly Message[]>>> {
  const to: Record<Name, Message[]> = { LOCAL: [], REMOTE: [] };
  await runSimulated(
    [
      { template: echoLocal({ events: 6, eventsPerLumi: 2 }) },
      { template: echoRemote({ slots: 4 }) },
    ],
    {
      heartbeatMs: 100,
      between: (channel, endpoint) => {
        const other = endpoint === 'LOCAL' ? 'REMOTE' : 'LOCAL';
        const publish = channel.publish.bind(channel);
        channel.publish = (subject, payload) => {
          to[other].push({ subject, payload: Uint8Array.from(payload) });
          publish(subject, payload);
        };
        return channel;
      },
    },
  );
  return to;
}

/** A channel that a test speaks into. */
class SpokenChannel implements Channel {
  readonly kind = 'memory';
  readonly maxPayloadBytes = 1024 * 1024;
  readonly pendingBytes = 0;
  published = 0;
  readonly handlers: { pattern: RegExp; handler: (subject: string, bytes: Uint8Array) => void }[] =
    [];
  publish(): void {
    this.published++;
  }
  subscribe(subject: string, handler: (subject: string, bytes: Uint8Array) => void) {
    const pattern = new RegExp(`^${subject.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`);
    this.handlers.push({ pattern, handler });
    return { unsubscribe: () => undefined };
  }
  speak({ subject, payload }: Message): void {
    for (const { pattern, handler } of this.handlers) {
      if (pattern.test(subject)) handler(subject, payload);
    }
  }
  drained = () => Promise.resolve();
  flush = () => Promise.resolve();
  onStatus = () => undefined;
  close = () => Promise.resolve();
}

/** An endpoint that goes on whatever fails, to be told more. */
async function endpointOf(name: Name, failed: (error: unknown) => void) {
  const channel = new SpokenChannel();
  const endpoint = new LaneEndpoint(
    {
      job: 'test',
      session: 'tested',
      openChannel: () => Promise.resolve(channel),
      heartbeatMs: 1000,
      peerTimeoutMs: 5000,
      joinTimeoutMs: 20_000,
    },
    { index: 0, lanes: 1, streams: [0] },
    name,
  );
  const end = (direction: 'send' | 'receive', instance: number) => ({
    label: `${direction}${String(instance)}`,
    upstream: name === 'LOCAL' ? 'controller' : 'source',
    instance,
    end: () => ({
      label: `${direction}${String(instance)}`,
      direction,
      instance,
      products: [{ branch: 'Count', type: Count }],
    }),
  });
  const controller = new ControllerPort('controller', ['REMOTE']);
  let events = 0;
  if (name === 'LOCAL') {
    endpoint.controllers.push(controller);
    endpoint.pairs.push(end('send', 1), end('receive', 2));
  } else {
    const source = new SourcePort('LOCAL', 4, 0 as never, true);
    endpoint.source = source;
    endpoint.pairs.push(end('receive', 1), end('send', 2));
    source.listen({
      beginLumi: () => undefined,
      event: (event: PushedEvent) => {
        events++;
        source.done(event);
      },
      endLumi: () => undefined,
      endOfData: () => undefined,
      fail: failed,
    });
  }
  const opening = endpoint.open({
    resolved: {} as never,
    place: { index: 0, lanes: 1, streams: [0] },
    environment: simulatedEnvironment(),
    actor: createActor(createMachine({})).start(),
    stopping: new AbortController().signal,
    fail: failed,
    survive: failed,
    interrupt: failed,
  });
  opening.catch(() => undefined);
  for (let turns = 0; turns < 10; turns++) await Promise.resolve();
  return {
    channel,
    /** Has the controller send events, as far as it has slots. */
    sendEvents(count: number): void {
      for (let ordinal = 0; name === 'LOCAL' && ordinal < count; ordinal++) {
        const event = { run: 1, lumi: 1, event: ordinal, timeUs: 0, ordinal, attempt: 0 };
        controller.send({ ...event, lumiNumber: 0 } as EventInfo, {
          done: () => undefined,
          fail: () => undefined,
          follow: () => undefined,
        });
      }
    },
    get events() {
      return events;
    },
  };
}

/** Random numbers that are the same in every run (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const wild = [0, 1, 2, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff];
const kinds = Object.values(frameKinds) as FrameKind[];
const odd: readonly unknown[] = [
  ...[null, undefined, -1, 0, 1.5, 2 ** 40, '', 'LOCAL', 'REMOTE', 'a.b', '*', 'x'.repeat(99)],
  ...[[], {}, [[]], [['edm.test.LOCAL.REMOTE.0', 2 ** 31]], true, new Uint8Array(3)],
];

/** Plain data with one of its values replaced, left out, or put where it does not belong. */
function oddData(value: unknown, random: (below: number) => number): unknown {
  if (typeof value !== 'object' || value === null || random(4) === 0)
    return odd[random(odd.length)];
  if (Array.isArray(value)) {
    const at = random(value.length + 1);
    return random(3) === 0
      ? value.filter((_, index) => index !== at)
      : value.map((each, index) => (index === at ? oddData(each, random) : (each as unknown)));
  }
  const entries = Object.entries(value);
  const at = random(entries.length);
  const changed = entries.map(([key, each], index) =>
    index === at ? [key, oddData(each, random)] : [key, each as unknown],
  );
  return Object.fromEntries(random(5) === 0 ? changed.filter((_, i) => i !== at) : changed);
}

const headerBytes = 16;
const frameBytes = 48;

/** A message that was sound, changed where an endpoint looks: fields of frames, what bodies say, names. */
function hostile(message: Message, random: (below: number) => number): Message {
  const { subject } = message;
  const payload = Uint8Array.from(message.payload);
  if (subject.endsWith('.hello') || subject.includes('.hb.')) {
    if (random(4) > 0) {
      const said = oddData(decodeSerialised(payload, subject, 0), random);
      return { subject, payload: encodeSerialised(said, 'hostile') };
    }
    payload[random(payload.length)] = random(256);
    return { subject, payload };
  }
  const view = new DataView(payload.buffer);
  for (let left = 1 + random(3); left > 0; left--) {
    const at = headerBytes + frameBytes * random(Math.max(1, view.getUint32(8, true)));
    if (at + frameBytes > payload.length) break;
    switch (random(8)) {
      case 0:
        view.setUint8(at, kinds[random(kinds.length)] ?? 0);
        break;
      case 1:
        view.setUint16(at + 2, wild[random(wild.length)] ?? 0, true);
        break;
      case 2:
        view.setUint32(at + 4 * random(3), wild[random(wild.length)] ?? 0, true);
        break;
      case 3:
        view.setFloat64(at + 16 + 8 * random(3), wild[random(wild.length)] ?? 0, true);
        break;
      case 4:
        view.setUint32(
          at + 40,
          random(3) === 0 ? random(5) : (wild[random(wild.length)] ?? 0),
          true,
        );
        break;
      case 5:
        payload[at + random(payload.length - at)] = random(256);
        break;
      case 6: {
        const bytes = view.getUint32(at + 44, true);
        if (bytes === 0 || at + frameBytes + bytes > payload.length) break;
        try {
          const said = decodeSerialised(payload.subarray(at + 48, at + 48 + bytes), subject, 0);
          const body = encodeSerialised(oddData(said, random), 'hostile');
          const whole = new Uint8Array(headerBytes + frameBytes + 8 * Math.ceil(body.length / 8));
          whole.set(payload.subarray(0, headerBytes));
          whole.set(payload.subarray(at, at + frameBytes), headerBytes);
          whole.set(body, headerBytes + frameBytes);
          const changed = new DataView(whole.buffer);
          changed.setUint32(8, 1, true);
          changed.setUint32(headerBytes + 44, body.length, true);
          return { subject, payload: whole };
        } catch {
          break;
        }
      }
      default:
        break;
    }
  }
  const [, , from = '', to = '', instance = '0'] = subject.split('.');
  const others = [subject, `edm.test.${to}.${to}.0`, `edm.test.NOBODY.${to}.${instance}`];
  others.push(`edm.test.${from}.${to}.${String(random(65_536))}`);
  return { subject: random(8) === 0 ? (others[random(4)] ?? subject) : subject, payload };
}

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

async function heapBytes(): Promise<number> {
  await settle();
  collect();
  await settle();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const typed = [
  ...['EDMESH_FRAME_INVALID', 'EDMESH_FRAME_GAP', 'EDMESH_FRAME_TOO_LARGE', 'EDMESH_CONTRACT'],
  ...['EDMESH_PEER_FAILED', 'EDMESH_PEER_LOST', 'EDMESH_PROCESS_TWICE', 'EDMESH_INTERRUPTED'],
  'EDMESH_PRODUCT_INVALID',
];

describe('hostile messages', () => {
  it.each(['LOCAL', 'REMOTE'] as const)(
    'to %s are typed errors or ignored, and nothing grows',
    async (name) => {
      const sound = (await soundMessages())[name];
      const isOnLink = ({ subject }: Message) => /\.\d+$/.test(subject);
      const onLinks = sound.filter(isOnLink);
      const aloud = sound.filter((message) => !isOnLink(message));
      const random = randomFrom(name === 'LOCAL' ? 11 : 12);
      const codes = new Map<string, number>();
      const failed = (error: unknown): void => {
        const code = error instanceof EdmeshError ? error.code : String(error);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      };
      const round = async (inputs: number): Promise<void> => {
        const tested = await endpointOf(name, failed);
        const next = new Map<string, number>();
        const speak = ({ subject, payload }: Message): void => {
          // In its turn, so that it is looked at.
          if (isOnLink({ subject, payload }) && payload.length >= 8) {
            const sequence = next.get(subject) ?? 0;
            next.set(subject, sequence + 1);
            new DataView(payload.buffer).setUint32(4, sequence, true);
          }
          tested.channel.speak({ subject, payload });
        };
        for (const message of sound.slice(0, random(sound.length))) speak(message);
        tested.sendEvents(3);
        const before = tested.channel.handlers.length;
        for (let input = 0; input < inputs; input++) {
          const from = random(12) === 0 ? aloud : onLinks;
          speak(hostile(from[random(from.length)]!, random));
        }
        // A partner may become known, with its heartbeats; no more.
        expect(tested.channel.handlers.length - before).toBeLessThanOrEqual(1);
        for (let turns = 0; turns < 3; turns++) await Promise.resolve();
        expect(tested.channel.published).toBeLessThan(10 + 2 * inputs);
      };
      for (let at = 0; at < 40; at++) await round(40);
      const least = await heapBytes();
      for (let at = 0; at < 160; at++) await round(40);
      // One endpoint, told much.
      await round(6000);
      expect((await heapBytes()) - least).toBeLessThan(2 * 1024 * 1024);
      for (const code of codes.keys()) expect(typed).toContain(code);
      expect(codes.get('EDMESH_FRAME_INVALID')).toBeGreaterThan(500);
    },
  );
});
