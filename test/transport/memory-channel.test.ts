import { describe, expect, it } from 'vitest';
import { MemoryBroker } from '../../transport/index.ts';
import { matchesSubject, SubjectTable } from '../../transport/subject-table.ts';
import { channelContract, until } from './channel.contract.ts';

const broker = new MemoryBroker(setImmediate);

describe('memory', () => {
  channelContract({ kind: 'memory', connect: () => Promise.resolve(broker.connect()) });
});

describe('the memory broker', () => {
  it('delivers in ticks: what handlers publish waits for the next one', () => {
    const ticks: (() => void)[] = [];
    const channel = new MemoryBroker((tick) => ticks.push(tick)).connect();
    const heard: number[] = [];
    channel.subscribe('n', (_subject, payload) => {
      const n = payload[0] ?? 0;
      heard.push(n);
      if (n < 3) channel.publish('n', Uint8Array.of(n + 1));
    });
    channel.publish('n', Uint8Array.of(1));
    channel.publish('n', Uint8Array.of(7));
    expect(ticks).toHaveLength(1);
    ticks.shift()?.();
    expect(heard).toEqual([1, 7]);
    expect(ticks).toHaveLength(1);
    ticks.shift()?.();
    ticks.shift()?.();
    expect(heard).toEqual([1, 7, 2, 3]);
    expect(ticks).toHaveLength(0);
    expect(channel.pendingBytes).toBe(0);
  });

  it('does not give a message to who subscribes after it was published', async () => {
    const channel = new MemoryBroker(setImmediate).connect();
    const heard: string[] = [];
    channel.subscribe('x', () => heard.push('early'));
    channel.publish('x', Uint8Array.of(1));
    channel.subscribe('x', () => heard.push('late'));
    await until(() => heard.length > 0);
    await channel.flush();
    expect(heard).toEqual(['early']);
  });

  it('overwrites what was lent, where a test asks for it', async () => {
    const scrubbing = new MemoryBroker(setImmediate, { scrub: true });
    const [a, b] = [scrubbing.connect(), scrubbing.connect()];
    let kept: Uint8Array | undefined;
    let copied: Uint8Array | undefined;
    b.subscribe('x', (_subject, payload) => (kept = payload));
    b.subscribe('x', (_subject, payload) => (copied = payload.slice()));
    a.publish('x', Uint8Array.of(1, 2));
    await a.flush();
    expect(kept).toEqual(Uint8Array.of(0xdd, 0xdd));
    expect(copied).toEqual(Uint8Array.of(1, 2));
  });

  it('takes payloads up to the size it was made with', () => {
    const channel = new MemoryBroker(setImmediate, { maxPayloadBytes: 8 }).connect();
    expect(channel.maxPayloadBytes).toBe(8);
    expect(() => {
      channel.publish('x', new Uint8Array(9));
    }).toThrow('larger than the broker takes (8 bytes)');
  });
});

describe('a table of subjects', () => {
  it('gives the same list until somebody comes or goes', () => {
    const table = new SubjectTable<object>();
    const [one, two] = [{}, {}];
    table.add('a.*', one);
    const first = table.matching('a.b');
    expect(first).toEqual([one]);
    expect(table.matching('a.b')).toBe(first);
    table.add('>', two);
    expect(first).toHaveLength(1);
    expect(table.matching('a.b')).toHaveLength(2);
    table.remove(one);
    table.remove(one);
    expect(table.matching('a.b')).toEqual([two]);
  });

  it('remembers a bounded number of subjects', () => {
    const table = new SubjectTable<object>();
    const one = {};
    table.add('a.>', one);
    const lengths = new Set<number>();
    for (let i = 0; i < 10_000; i++) lengths.add(table.matching(`a.${String(i)}`).length);
    expect([...lengths]).toEqual([1]);
  });

  it('takes `>` only as the last token', () => {
    expect(matchesSubject('a.>.c', 'a.b.c')).toBe(false);
    expect(matchesSubject('>', 'a.b.c')).toBe(true);
    expect(matchesSubject('a.*', 'a')).toBe(false);
  });
});
