import { describe, expect, it } from 'vitest';
import { simulatedEnvironment } from '../../actors/testing/index.ts';
import { EdmeshError } from '../../edm/index.ts';
import { MemoryBroker, type Channel, type ChannelStatus } from '../../transport/index.ts';
import { FaultyChannel, type FaultRule } from '../../transport/testing/faulty-channel.ts';
import { channelContract, thrownBy } from './channel.contract.ts';

describe('faulty memory without faults', () => {
  const broker = new MemoryBroker(setImmediate);
  const clock = simulatedEnvironment();
  channelContract({
    kind: 'memory',
    connect: () => Promise.resolve(new FaultyChannel(broker.connect(), clock, 1)),
  });
});

/** A faulty publisher, and what a sound subscriber hears of it. */
function faulty(rules: readonly FaultRule[], seed = 7) {
  const clock = simulatedEnvironment();
  const broker = new MemoryBroker(setImmediate, { scrub: true });
  const channel = new FaultyChannel(broker.connect(), clock, seed, rules);
  const other: Channel = broker.connect();
  const heard: string[] = [];
  other.subscribe('>', (subject, payload) => heard.push(`${subject}${String(payload[0])}`));
  const publish = (subject: string, from: number, to: number): void => {
    for (let i = from; i < to; i++) channel.publish(subject, Uint8Array.of(i));
  };
  return { clock, channel, other, heard, publish };
}

const numbered = (subject: string, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${subject}${String(from + i)}`);

describe('a faulty channel', () => {
  it('loses some messages of the subjects chosen, and no others', async () => {
    const { channel, heard, publish } = faulty([{ subject: 'a.*', drop: 0.3 }]);
    publish('a.x', 0, 200);
    publish('b', 0, 50);
    await channel.flush();
    const ofA = heard.filter((one) => one.startsWith('a'));
    expect(ofA).toHaveLength(200 - channel.counts.dropped);
    expect(channel.counts.dropped).toBeGreaterThan(20);
    expect(channel.counts.dropped).toBeLessThan(110);
    expect(ofA).toEqual([...ofA].sort((x, y) => Number(x.slice(3)) - Number(y.slice(3))));
    expect(heard.filter((one) => one.startsWith('b'))).toEqual(numbered('b', 0, 50));
  });

  it('repeats messages with the same bytes', async () => {
    const { channel, heard, publish } = faulty([{ subject: '>', duplicate: 1 }]);
    publish('a', 0, 3);
    await channel.flush();
    expect(heard).toEqual(['a0', 'a0', 'a1', 'a1', 'a2', 'a2']);
    expect(channel.counts.duplicated).toBe(3);
  });

  it('lets later messages overtake, and loses none', async () => {
    const { clock, channel, heard, publish } = faulty([
      { subject: '>', reorder: 0.3, reorderMs: 20 },
    ]);
    for (let i = 0; i < 100; i++) {
      publish('a', i, i + 1);
      await clock.advance(1);
    }
    await clock.advance(20);
    await channel.flush();
    expect(channel.counts.reordered).toBeGreaterThan(5);
    expect(heard).not.toEqual(numbered('a', 0, 100));
    expect([...heard].sort()).toEqual(numbered('a', 0, 100).sort());
  });

  it('delays messages and keeps their order, also of subjects without a rule', async () => {
    const { clock, channel, heard, publish } = faulty([{ subject: 'slow', delayMs: 100 }]);
    publish('slow', 0, 3);
    publish('fast', 3, 5);
    expect(channel.pendingBytes).toBe(5);
    const flushed = channel.flush();
    await clock.advance(0);
    expect(heard).toEqual([]);
    await clock.advance(101);
    await flushed;
    expect(heard).toEqual(['slow0', 'slow1', 'slow2', 'fast3', 'fast4']);
    expect(channel.pendingBytes).toBe(0);
    expect(channel.counts.delayed).toBe(3);
  });

  it('meets the same faults with the same seed, and others with another', async () => {
    const run = async (seed: number): Promise<string[]> => {
      const rules = [{ subject: '>', drop: 0.2, duplicate: 0.2, reorder: 0.2, delayMs: 5 }];
      const { clock, channel, heard, publish } = faulty(rules, seed);
      for (let i = 0; i < 100; i++) {
        publish('a', i, i + 1);
        await clock.advance(1);
      }
      await clock.advance(100);
      await channel.flush();
      return heard;
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it('parts and heals as its rules are changed', async () => {
    const { channel, heard, publish } = faulty([{ subject: '>', drop: 1 }]);
    publish('a', 0, 5);
    channel.setFaults([]);
    publish('a', 5, 7);
    await channel.flush();
    expect(heard).toEqual(['a5', 'a6']);
  });

  it('loses its connection, keeps what is published, and has it back', async () => {
    const { clock, channel, other, heard, publish } = faulty([]);
    const statuses: string[] = [];
    channel.onStatus(({ kind }) => statuses.push(kind));
    let deaf = 0;
    channel.subscribe('to-it', () => deaf++);
    channel.disconnect();
    channel.disconnect();
    publish('a', 0, 2);
    other.publish('to-it', Uint8Array.of(1));
    await other.flush();
    await clock.advance(1);
    expect([heard.filter((one) => one.startsWith('a')), deaf, channel.pendingBytes]).toEqual([
      [],
      0,
      2,
    ]);
    channel.reconnect();
    channel.reconnect();
    other.publish('to-it', Uint8Array.of(1));
    await channel.flush();
    await other.flush();
    expect(heard.filter((one) => one.startsWith('a'))).toEqual(['a0', 'a1']);
    expect(deaf).toBe(1);
    expect(statuses).toEqual(['disconnected', 'reconnected']);
  });

  it('ends with an error when its connection is lost for good', async () => {
    const { clock, channel, publish } = faulty([{ subject: 'a', delayMs: 50 }]);
    const statuses: ChannelStatus[] = [];
    channel.onStatus((status) => statuses.push(status));
    publish('a', 0, 2);
    const drained = channel.drained(1);
    const error = new EdmeshError('EDMESH_CONNECTION', 'gone');
    channel.fail(error);
    await expect(drained).rejects.toBe(error);
    expect(
      thrownBy(() => {
        publish('a', 0, 1);
      }),
    ).toBe(error);
    await clock.advance(100);
    expect(statuses).toEqual([{ kind: 'closed', error }]);
    await channel.close();
  });
});
