/** What every channel promises; run over each backend. */
import { afterEach, describe, expect, it } from 'vitest';
import type { EdmeshError } from '../../edm/index.ts';
import type { Channel, ChannelStatus } from '../../transport/index.ts';

/** How a suite gets channels that are joined, and what it may expect of them. */
export interface ChannelMaker {
  readonly kind: Channel['kind'];
  connect(name: string): Promise<Channel>;
}

const mebibyte = 1024 * 1024;

/** Bytes that say where they belong. */
function bytesOf(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** The error that a call throws. */
export function thrownBy(call: () => unknown): EdmeshError {
  try {
    call();
  } catch (error) {
    return error as EdmeshError;
  }
  throw new Error('nothing was thrown');
}

/** Waits until something is so; the time limit of the test ends a wait in vain. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** All that one channel has published until now has been heard by another, which is seen by a last message. */
async function allHeard(from: Channel, to: Channel): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const subscription = to.subscribe('test.fence', () => {
      subscription.unsubscribe();
      resolve();
    });
  });
  await to.flush();
  from.publish('test.fence', bytesOf(0));
  await heard;
}

/** Declares the contract for one backend. */
export function channelContract(maker: ChannelMaker): void {
  const open: Channel[] = [];
  const connect = async (name: string): Promise<Channel> => {
    const channel = await maker.connect(name);
    open.push(channel);
    return channel;
  };
  const pair = async (): Promise<[Channel, Channel]> => [await connect('A'), await connect('B')];

  afterEach(async () => {
    await Promise.all(open.splice(0).map((channel) => channel.close()));
  });

  describe('a channel', () => {
    it('says what it is', async () => {
      const channel = await connect('A');
      expect(channel.kind).toBe(maker.kind);
      expect(channel.maxPayloadBytes).toBe(mebibyte);
      expect(channel.pendingBytes).toBe(0);
    });

    it('delivers in the order of publishing, across subjects and subscriptions', async () => {
      const [a, b] = await pair();
      const heard: string[] = [];
      const hear = (subject: string, payload: Uint8Array): void => {
        heard.push(`${subject} ${String(payload[0])}`);
      };
      b.subscribe('order.one', hear);
      b.subscribe('order.two', hear);
      b.subscribe('order.others.*', hear);
      await b.flush();
      const expected: string[] = [];
      for (let i = 0; i < 250; i++) {
        const subject = ['order.one', 'order.two', 'order.others.x'][i % 3] ?? '';
        expected.push(`${subject} ${String(i)}`);
        a.publish(subject, bytesOf(i));
        if (i % 50 === 0) await a.flush();
      }
      await allHeard(a, b);
      expect(heard).toEqual(expected);
    });

    it('calls no handler inside publish', async () => {
      const channel = await connect('A');
      let heard = 0;
      channel.subscribe('self', () => heard++);
      await channel.flush();
      channel.publish('self', bytesOf(1));
      expect(heard).toBe(0);
      await until(() => heard === 1);
    });

    it.each([
      ['a.*.c', ['a.b.c', 'a.x.c'], ['a.b.d', 'a.b.c.d', 'a.c']],
      ['a.>', ['a.b', 'a.b.c.d'], ['a', 'b.a', 'ab.c']],
      ['*.b', ['a.b', 'x.b'], ['b', 'a.b.c']],
      ['a.b', ['a.b'], ['a.c', 'a', 'a.b.c']],
    ])('hears by the pattern %s what it means', async (pattern, matching, others) => {
      const [a, b] = await pair();
      const heard: string[] = [];
      b.subscribe(pattern, (subject) => heard.push(subject));
      await b.flush();
      for (const subject of [...others, ...matching]) a.publish(subject, bytesOf(1));
      await allHeard(a, b);
      expect(heard).toEqual(matching);
    });

    it('gives each of several subscribers each message', async () => {
      const [a, b] = await pair();
      const c = await connect('C');
      const heard: string[] = [];
      b.subscribe('many', () => heard.push('b'));
      b.subscribe('*', () => heard.push('b*'));
      c.subscribe('many', () => heard.push('c'));
      a.subscribe('many', () => heard.push('a'));
      await Promise.all([a.flush(), b.flush(), c.flush()]);
      a.publish('many', bytesOf(1));
      await until(() => heard.length === 4);
      expect(heard.sort()).toEqual(['a', 'b', 'b*', 'c']);
    });

    it('lends the payload for the time of the call', async () => {
      const [a, b] = await pair();
      const copies: Uint8Array[] = [];
      b.subscribe('lent', (_subject, payload) => copies.push(payload.slice()));
      await b.flush();
      const sent = [bytesOf(1, 2, 3), new Uint8Array(0), new Uint8Array(300_000).fill(7)];
      for (const payload of sent) a.publish('lent', payload.slice());
      await allHeard(a, b);
      expect(copies.map((copy) => copy.byteLength)).toEqual([3, 0, 300_000]);
      copies.forEach((copy, index) => {
        expect(Buffer.compare(copy, sent[index] ?? copy)).toBe(0);
      });
    });

    it('takes part of a larger buffer as a payload', async () => {
      const [a, b] = await pair();
      let heard: number[] = [];
      b.subscribe('part', (_subject, payload) => (heard = [...payload]));
      await b.flush();
      a.publish('part', new Uint8Array(bytesOf(9, 1, 2, 9).buffer, 1, 2));
      await allHeard(a, b);
      expect(heard).toEqual([1, 2]);
    });

    it('carries a payload of the largest size, byte for byte', async () => {
      const [a, b] = await pair();
      const payload = new Uint8Array(mebibyte);
      for (let i = 0; i < payload.length; i++) payload[i] = (i * 31 + (i >> 8)) & 0xff;
      let heard: Uint8Array | undefined;
      b.subscribe('large', (_subject, bytes) => (heard = bytes.slice()));
      await b.flush();
      a.publish('large', payload.slice());
      await allHeard(a, b);
      expect(Buffer.compare(heard ?? bytesOf(), payload)).toBe(0);
    });

    it('refuses a payload above the largest size, and goes on', async () => {
      const [a, b] = await pair();
      let heard = 0;
      b.subscribe('large', () => heard++);
      await b.flush();
      const error = thrownBy(() => {
        a.publish('large', new Uint8Array(mebibyte + 1));
      });
      expect(error.code).toBe('EDMESH_PAYLOAD_TOO_LARGE');
      expect(error.message).toContain('large: a message of 1048577 bytes');
      expect(a.pendingBytes).toBe(0);
      a.publish('large', bytesOf(1));
      await allHeard(a, b);
      expect(heard).toBe(1);
    });

    it('counts what is pending, and says when it is drained', async () => {
      const [a, b] = await pair();
      b.subscribe('bulk', () => undefined);
      await b.flush();
      for (let i = 0; i < 8; i++) a.publish('bulk', new Uint8Array(100_000));
      expect(a.pendingBytes).toBe(800_000);
      await a.drained(300_000);
      expect(a.pendingBytes).toBeLessThan(300_000);
      a.publish('bulk', new Uint8Array(10));
      await a.drained(0);
      expect(a.pendingBytes).toBe(0);
    });

    it('stays bounded when the publisher waits for it to drain', async () => {
      const [a, b] = await pair();
      let bytes = 0;
      b.subscribe('bulk', (_subject, payload) => (bytes += payload.byteLength));
      await b.flush();
      let most = 0;
      for (let i = 0; i < 200; i++) {
        a.publish('bulk', new Uint8Array(256 * 1024));
        most = Math.max(most, a.pendingBytes);
        if (a.pendingBytes >= 4 * mebibyte) await a.drained(2 * mebibyte);
      }
      expect(most).toBeLessThanOrEqual(4.25 * mebibyte);
      await allHeard(a, b);
      expect(bytes).toBe(200 * 256 * 1024);
    });

    it('has nothing pending after a flush', async () => {
      const [a, b] = await pair();
      b.subscribe('flushed', () => undefined);
      await b.flush();
      a.publish('flushed', new Uint8Array(5000));
      await a.flush();
      expect(a.pendingBytes).toBe(0);
      await a.flush();
    });

    it('calls a handler no more once it has unsubscribed', async () => {
      const [a, b] = await pair();
      let heard = 0;
      let others = 0;
      const subscription = b.subscribe('off', () => {
        heard++;
        subscription.unsubscribe();
      });
      b.subscribe('off', () => others++);
      await b.flush();
      for (let i = 0; i < 3; i++) a.publish('off', bytesOf(i));
      await allHeard(a, b);
      subscription.unsubscribe();
      expect([heard, others]).toEqual([1, 3]);
    });

    it('can be used in a handler: publish, subscribe', async () => {
      const [a, b] = await pair();
      const heard: string[] = [];
      b.subscribe('ping', () => {
        b.subscribe('late', (subject) => heard.push(subject));
        b.publish('pong', bytesOf(1));
      });
      a.subscribe('pong', () => {
        heard.push('pong');
        a.publish('late', bytesOf(1));
      });
      await Promise.all([a.flush(), b.flush()]);
      a.publish('ping', bytesOf(1));
      await until(() => heard.length === 2);
      expect(heard).toEqual(['pong', 'late']);
    });

    it('flushes when it closes', async () => {
      const [a, b] = await pair();
      let heard = 0;
      b.subscribe('last', () => heard++);
      await b.flush();
      for (let i = 0; i < 100; i++) a.publish('last', new Uint8Array(20_000));
      const closed = a.close();
      expect(thrownBy(() => a.subscribe('last', () => undefined)).code).toBe('EDMESH_CONNECTION');
      await closed;
      expect(a.pendingBytes).toBe(0);
      await until(() => heard === 100);
    });

    it('delivers nothing once it is closed, and refuses to be used', async () => {
      const [a, b] = await pair();
      const statuses: ChannelStatus[] = [];
      b.onStatus((status) => statuses.push(status));
      let heard = 0;
      b.subscribe('gone', () => heard++);
      await b.flush();
      await b.close();
      await b.close();
      const c = await connect('C');
      a.publish('gone', bytesOf(1));
      await allHeard(a, c);
      expect(heard).toBe(0);
      expect(statuses).toEqual([{ kind: 'closed', error: undefined }]);
      const refused = thrownBy(() => {
        b.publish('gone', bytesOf(1));
      });
      expect(refused.code).toBe('EDMESH_CONNECTION');
      expect(refused.message).toBe('cannot publish to gone: the channel is closed');
      expect(thrownBy(() => b.subscribe('gone', () => undefined)).code).toBe('EDMESH_CONNECTION');
      await expect(b.flush()).rejects.toMatchObject({ code: 'EDMESH_CONNECTION' });
    });

    it('ends, with the error, when a handler throws', async () => {
      const [a, b] = await pair();
      const statuses: ChannelStatus[] = [];
      b.onStatus((status) => statuses.push(status));
      let heard = 0;
      b.subscribe('bad', () => {
        heard++;
        throw new TypeError('no such thing');
      });
      await b.flush();
      a.publish('bad', bytesOf(1));
      a.publish('bad', bytesOf(2));
      await until(() => statuses.length > 0);
      expect(statuses).toMatchObject([
        {
          kind: 'closed',
          error: {
            code: 'EDMESH_INTERNAL',
            message: 'the handler of bad threw: no such thing',
          },
        },
      ]);
      await a.flush();
      expect(heard).toBe(1);
      await b.close();
    });
  });
}
