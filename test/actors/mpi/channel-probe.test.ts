/** MPI modules alone: a test plays the other process with frames by hand, on a simulated clock, without a server. */
import { describe, expect, it } from 'vitest';
import {
  defineProcess,
  defineSoA,
  EmptySource,
  MPIController,
  MPIReceiver,
  MPISender,
  MPISource,
} from 'edmesh';
import { createChannelProbe, eventSource, sourceProduct } from 'edmesh/testing';
import { Count, Doubled, Numbered } from './mesh-modules.ts';

const Hits = defineSoA('Hits', { x: 'float32' });
const hitsOf = (...x: number[]) => {
  const hits = Hits.view(new ArrayBuffer(Hits.byteLength(x.length)), x.length);
  hits.x.set(x);
  return hits;
};

/** A follower with nothing but a source, and modules after it. */
function follower(modules: Parameters<typeof defineProcess>[0]['modules'] = {}) {
  return defineProcess({
    name: 'REMOTE',
    source: MPISource({ controller: 'LOCAL', slots: 4 }),
    modules,
    paths: { p: Object.keys(modules) },
  }).configure();
}

describe('an MPISource', () => {
  it('replicates runs, luminosity blocks and events, and says when they are done', async () => {
    const local = createChannelProbe(follower(), { partner: 'LOCAL' });
    await local.join();
    expect(local.frames.at(-1)).toMatchObject({ kind: 'accept', body: { slots: 4 } });
    local.send('beginRun', { run: 7, timeUs: 5 });
    local.send('beginLumi', { lumi: 3 });
    local.send('event', { event: 11, slot: 2 });
    expect(await local.next('eventDone')).toMatchObject({ slot: 2, run: 7, lumi: 3, event: 11 });
    local.send('endLumi', { event: 1 });
    local.send('endRun');
    local.send('disconnect');
    await local.next('left');
    expect(await local.report).toMatchObject({
      exitCode: 0,
      events: 1,
      transitions: { beginRun: 1, beginLumi: 1, endLumi: 1, endRun: 1 },
    });
  });

  it('asks for no more events when its job is stopped', async () => {
    const local = createChannelProbe(follower(), { partner: 'LOCAL' });
    await local.join();
    local.send('beginRun', { run: 7 });
    local.send('beginLumi', { lumi: 3 });
    local.stop();
    await local.next('disconnect');
    local.send('event', { event: 11 });
    await local.next('eventDone');
    local.send('disconnect');
    expect(await local.report).toMatchObject({ exitCode: 0, events: 1 });
  });

  it.each([
    ['a block that was not announced', 'event', { block: 1 }, 'was not announced'],
    ['a slot that it has not offered', 'event', { slot: 4 }, 'there is no slot 4'],
    ['an end with another number of events', 'endLumi', { event: 2 }, 'of which 0 came'],
    ['an end of a block that was not announced', 'endLumi', { block: 5 }, 'was not announced'],
    ['a frame that only followers send', 'eventDone', {}, 'sends no frame of kind 9'],
  ] as const)('refuses %s', async (_, kind, fields, message) => {
    const local = createChannelProbe(follower(), { partner: 'LOCAL' });
    await local.join();
    local.send('beginRun', { run: 7 });
    local.send('beginLumi', { lumi: 3 });
    local.send(kind, fields);
    expect((await local.next('abort')).body).toMatchObject({ code: 'EDMESH_FRAME_INVALID' });
    const [error] = (await local.report).errors;
    expect(error?.message).toContain(message);
  });

  it('refuses the same event twice, and one behind the end of its block', async () => {
    for (const again of [{}, { slot: 1, event: 12 }]) {
      const local = createChannelProbe(
        follower({ receiver: MPIReceiver({ instance: 1, products: [] }) }),
        { partner: 'LOCAL', sends: { 1: [] } },
      );
      await local.join();
      local.send('beginRun', { run: 7 });
      local.send('beginLumi', { lumi: 3 });
      local.send('event', { event: 11 });
      if ('slot' in again) local.send('endLumi', { event: 1 });
      local.send('event', again);
      expect((await local.report).errors[0]?.code).toBe('EDMESH_FRAME_INVALID');
    }
  });
});

describe('an MPIReceiver', () => {
  const receiver = () =>
    createChannelProbe(
      follower({
        receiver: MPIReceiver({ instance: 5, products: [{ type: Count }, { type: Hits }] }),
      }),
      { partner: 'LOCAL', sends: { 5: [Count, Hits] } },
    );

  it('puts what comes, before or after the event, and nothing where there is nothing', async () => {
    const local = receiver();
    await local.join();
    local.send('beginRun', { run: 1 });
    local.send('beginLumi', { lumi: 1 });
    local.send('event', { event: 1, ordinal: 0 });
    local.sendProducts(5, [21, hitsOf(1, 2)]);
    await local.next('eventDone');
    local.sendProducts(5, [22, undefined], { slot: 1, event: 2, ordinal: 1 });
    local.send('event');
    await local.next('eventDone');
    local.send('event', { event: 3, ordinal: 2 });
    local.sendProducts(5, undefined);
    await local.next('eventDone');
    const [first, second, third] = [0, 1, 2].map((ordinal) => local.products.get(ordinal) ?? {});
    expect(first?.Count_receiver__REMOTE).toBe(21);
    expect([...(first?.Hits_receiver__REMOTE as { x: Float32Array }).x]).toEqual([1, 2]);
    expect(second?.Count_receiver__REMOTE).toBe(22);
    expect(Object.keys(second ?? {})).not.toContain('Hits_receiver__REMOTE');
    expect(Object.keys(third ?? {}).filter((name) => name.startsWith('Count'))).toEqual([]);
  });

  it('drops products of an earlier attempt', async () => {
    const local = receiver();
    await local.join();
    local.send('beginRun', { run: 1 });
    local.send('beginLumi', { lumi: 1 });
    local.send('event', { event: 1, attempt: 1 });
    local.sendProducts(5, [1, hitsOf()], { attempt: 0 });
    local.sendProducts(5, [2, hitsOf()], { attempt: 1 });
    expect(await local.next('eventDone')).toMatchObject({ attempt: 1 });
    expect(local.products.get(0)?.Count_receiver__REMOTE).toBe(2);
  });

  it('says what it waits for when an event takes too long', async () => {
    const local = receiver();
    await local.join();
    local.send('beginRun', { run: 1 });
    local.send('beginLumi', { lumi: 1 });
    local.send('event', { event: 9 });
    await local.environment.advance(62_000);
    expect((await local.report).errors[0]?.message).toBe(
      'event 1:1:9 waits longer than 60000 ms, held by receiver, waiting for products on edm.probe.LOCAL.REMOTE.5',
    );
  });

  it('is told apart from another one before the first event', async () => {
    const local = createChannelProbe(
      follower({ receiver: MPIReceiver({ instance: 5, products: [{ type: Count }] }) }),
      { partner: 'LOCAL', sends: { 5: [Hits] }, receives: { 6: [] } },
    );
    await expect(local.join()).rejects.toMatchObject({
      code: 'EDMESH_CONTRACT',
      message: expect.stringContaining(
        'instance 6: probe of process LOCAL has no sender',
      ) as string,
    });
    expect(local.frames.at(-2)).toMatchObject({ kind: 'refuse' });
  });
});

describe('an MPISender', () => {
  it('sends products of events that it has, and says where its path was not active', async () => {
    const local = createChannelProbe(
      follower({
        receiver: MPIReceiver({ instance: 1, products: [{ type: Count }] }),
        doubled: Doubled({ of: 'receiver' }),
        sender: MPISender({ upstream: 'receiver', instance: 2, products: ['doubled', 'rec*'] }),
      }),
      { partner: 'LOCAL', sends: { 1: [Count] }, receives: { 2: [Count, Count] } },
    );
    await local.join();
    local.send('beginRun', { run: 1 });
    local.send('beginLumi', { lumi: 1 });
    local.send('event', { event: 1 });
    local.sendProducts(1, [21]);
    expect(await local.next('products')).toMatchObject({ instance: 2, products: [42, 21] });
  });
});

describe('an MPIController', () => {
  const controller = (events: number) =>
    createChannelProbe(
      defineProcess({
        name: 'LOCAL',
        source: EmptySource({ events, eventsPerLumi: 2 }),
        modules: {
          controller: MPIController({ followers: ['REMOTE'] }),
          numbers: Numbered(),
          sender: MPISender({ upstream: 'controller', instance: 1, products: ['numbers'] }),
        },
        paths: { p: ['controller', 'numbers', 'sender'] },
      }).configure(),
      { partner: 'REMOTE', receives: { 1: [Count] }, slots: 2 },
    );

  it('sends no more events than there are slots, and ends when its follower has left', async () => {
    const remote = controller(3);
    await remote.join();
    for (const event of [1, 2]) {
      expect(await remote.next('event')).toMatchObject({ run: 1, lumi: 1, event });
      expect(await remote.next('products')).toMatchObject({ products: [event] });
    }
    await expect(remote.next('event')).rejects.toThrow(/LOCAL sends no frame 'event'/);
    const [first] = remote.frames.filter(({ kind }) => kind === 'event');
    remote.send('eventDone', { slot: first!.slot, ordinal: first!.ordinal });
    const third = await remote.next('event');
    expect(third).toMatchObject({ lumi: 2, event: 3, slot: first!.slot });
    for (const { slot, ordinal } of [remote.frames.findLast(({ event }) => event === 2)!, third]) {
      remote.send('eventDone', { slot, ordinal });
    }
    await remote.next('disconnect');
    remote.send('left');
    expect(await remote.report).toMatchObject({ exitCode: 0, events: 3 });
  });

  it('ends by an error when its follower falls silent', async () => {
    const remote = controller(3);
    await remote.join();
    remote.silent = true;
    await remote.environment.advance(8000);
    expect((await remote.report).errors[0]).toMatchObject({
      code: 'EDMESH_PEER_LOST',
      fields: { process: 'REMOTE' },
    });
  });

  it('refuses bytes that are no message', async () => {
    const remote = controller(3);
    await remote.join();
    remote.sendBytes(0, new TextEncoder().encode('hello, this is no packet at all'));
    expect((await remote.report).errors[0]?.code).toBe('EDMESH_FRAME_INVALID');
  });
});

describe('a process that does not come to its partner', () => {
  it('says why', async () => {
    const broken = defineProcess({
      name: 'LOCAL',
      source: eventSource([{ products: [sourceProduct(Count, 1)] }]),
      modules: {
        controller: MPIController({ followers: ['REMOTE'] }),
        sender: MPISender({ upstream: 'controller', instance: 1, products: ['nobody'] }),
      },
      paths: { p: ['controller', 'sender'] },
    });
    const remote = createChannelProbe(broken.configure(), { partner: 'REMOTE' });
    await expect(remote.join()).rejects.toThrow(/LOCAL sends no frame 'hello'.*nobody/s);
  });
});
