/** Senders wait while too many bytes have not left for the server; none is forgotten, and a product above the limit goes. */
import { describe, expect, it } from 'vitest';
import { SendGate } from '../../../actors/mpi/send-gate.ts';
import { settle } from '../../../actors/testing/index.ts';
import { EdmeshError, type Holder } from '../../../edm/index.ts';
import type { Channel } from '../../../transport/index.ts';

/** A channel whose pending bytes a test says. */
function channelWith() {
  const waiting = new Set<{ below: number; resolve: () => void; reject: (e: unknown) => void }>();
  const channel: Pick<Channel, 'drained'> & { pendingBytes: number } = {
    pendingBytes: 0,
    drained: (below: number) =>
      channel.pendingBytes < below
        ? Promise.resolve()
        : new Promise<void>((resolve, reject) => void waiting.add({ below, resolve, reject })),
  };
  const left = async (pendingBytes: number): Promise<void> => {
    channel.pendingBytes = pendingBytes;
    for (const each of waiting) {
      if (pendingBytes >= each.below && pendingBytes > 0) continue;
      waiting.delete(each);
      each.resolve();
    }
    await settle();
  };
  const lost = async (): Promise<void> => {
    for (const { reject } of waiting) reject(new EdmeshError('EDMESH_CONNECTION', 'gone'));
    await settle();
  };
  return { channel: channel as unknown as Channel & { pendingBytes: number }, left, lost };
}

function scene() {
  const { channel, left, lost } = channelWith();
  const gate = new SendGate(channel, 100);
  const through: string[] = [];
  const holder = (name: string): Holder => ({
    done: () => void through.push(name),
    fail: (error) => void through.push(`${name} ${error instanceof EdmeshError ? error.code : ''}`),
    follow: () => undefined,
  });
  return { channel, gate, left, lost, through, holder };
}

describe('a send gate', () => {
  it('counts what is let through before it is written', async () => {
    const { channel, gate, left, through, holder } = scene();
    for (const name of ['a', 'b', 'c', 'd']) gate.enter(40, holder(name));
    expect(through).toEqual(['a', 'b']);
    channel.pendingBytes = 40;
    gate.leave(40);
    channel.pendingBytes = 80;
    gate.leave(40);
    expect(through).toEqual(['a', 'b']);
    await left(20);
    expect(through).toEqual(['a', 'b', 'c', 'd']);
  });

  it('waits for what it has let through where the channel has room', async () => {
    const { channel, gate, left, through, holder } = scene();
    channel.pendingBytes = 10;
    gate.enter(80, holder('a'));
    gate.enter(80, holder('b'));
    await left(10);
    expect(through).toEqual(['a']);
    channel.pendingBytes = 90;
    gate.leave(80);
    await left(20);
    expect(through).toEqual(['a', 'b']);
  });

  it('keeps the order, also of small ones behind a large one', async () => {
    const { channel, gate, left, through, holder } = scene();
    channel.pendingBytes = 50;
    gate.enter(80, holder('large'));
    gate.enter(1, holder('small'));
    expect(through).toEqual([]);
    await left(10);
    expect(through).toEqual(['large', 'small']);
  });

  it('lets a product above the limit go alone', async () => {
    const { channel, gate, left, through, holder } = scene();
    gate.enter(1000, holder('huge'));
    gate.enter(1, holder('next'));
    expect(through).toEqual(['huge']);
    channel.pendingBytes = 1000;
    gate.leave(1000);
    gate.enter(2000, holder('more'));
    await left(0);
    expect(through).toEqual(['huge', 'next']);
    gate.leave(1);
    expect(through).toEqual(['huge', 'next', 'more']);
  });

  it('fails who waits when the connection is lost or the job has failed', async () => {
    const one = scene();
    one.channel.pendingBytes = 100;
    one.gate.enter(1, one.holder('a'));
    await one.lost();
    expect(one.through).toEqual(['a EDMESH_CONNECTION']);
    const two = scene();
    two.channel.pendingBytes = 100;
    two.gate.enter(1, two.holder('a'));
    two.gate.enter(1, two.holder('b'));
    two.gate.abandon(new EdmeshError('EDMESH_PEER_FAILED', 'given up'));
    expect(two.through).toEqual(['a EDMESH_PEER_FAILED', 'b EDMESH_PEER_FAILED']);
  });
});
