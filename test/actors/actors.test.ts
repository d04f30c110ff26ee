/**
 * A job as a system of actors. Proves that each actor is found by its id, can be looked at while it works, and that
 * inspection sees what actors are sent, down to each module.
 */
import { describe, expect, it } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { eventSource, settle, simulatedEnvironment } from 'edmesh/testing';
import { StreamTurns, type TakesTurns } from '../../actors/stream/stream-turns.ts';
import { OneGate } from '../../actors/lane/one-gate.ts';
import { adder, eventsOf, producer, runToy } from './toy-job.ts';

type Inspected = Extract<InspectionEvent, { type: '@xstate.event' }>;

/** A job of two EDM streams that is in the middle of its first two events, and everything inspected so far. */
async function midway() {
  const environment = simulatedEnvironment();
  const inspected: InspectionEvent[] = [];
  const slow = producer(() => ({
    acquire: (_event, _setup, holder) => {
      environment.after(100, () => holder.done());
    },
    produce: () => undefined,
  }));
  const body = {
    source: eventSource(eventsOf(3)),
    modules: { a: adder(), slow, b: adder(['a']) },
    paths: { p: ['a', 'slow', 'b'] },
  };
  const inspect = (event: InspectionEvent) => void inspected.push(event);
  const job = runToy(body, { streams: 2, inspect }, environment);
  await environment.advance(50);
  const { system } = inspected[0]!.actorRef as unknown as {
    system: { get(id: string): { id: string; getSnapshot(): unknown } | undefined };
  };
  const look = (id: string) => system.get(id)?.getSnapshot();
  return { environment, inspected, job, look, system };
}

describe('the actors of a job', () => {
  it('are found by their ids and tell where they stand', async () => {
    const { environment, job, look, system } = await midway();
    const all = ['process', 'source', 'stream0', 'stream1'].map((id) => system.get(id));
    expect(look('process')).toMatchObject({ value: 'running', status: 'active' });
    expect(look('source')).toMatchObject({
      value: { open: 'inLumi' },
      context: { run: 1, lumi: 1 },
    });
    expect(look('eventSetup')).toMatchObject({ value: 'ready', context: { instant: { run: 1 } } });
    for (const index of [0, 1]) {
      const name = `stream${String(index)}`;
      expect(look(name)).toMatchObject({ value: 'inLumi', context: { finishing: false } });
      const eventName = `event 1:1:${String(index + 1)}`;
      expect(look(`${name}.events`)).toMatchObject({ value: 'processing', eventName });
    }
    expect(look('stream2')).toBeUndefined();
    await environment.advance(200);
    expect(await job).toMatchObject({ exitCode: 0, events: 3 });
    for (const actor of all) {
      expect(actor?.getSnapshot()).toMatchObject({ value: 'done', status: 'done' });
    }
  });

  it('have the modules of each EDM stream among them, seen in their states', async () => {
    const { environment, inspected, job } = await midway();
    const modules = new Map(
      inspected
        .filter(({ type }) => type === '@xstate.actor')
        .map(({ actorRef }) => actorRef as unknown as { id: string; getSnapshot(): object })
        .filter((actor) => 'moduleLabel' in actor.getSnapshot())
        .map((actor, index) => [`${actor.id}${String(index)}`, actor.getSnapshot()]),
    );
    expect(
      [...modules.values()].map((each) => JSON.parse(JSON.stringify(each)) as unknown),
    ).toEqual(
      [0, 1].flatMap(() => [
        { status: 'active', moduleLabel: 'a', value: 'done' },
        { status: 'active', moduleLabel: 'slow', value: 'acquiring' },
        { status: 'active', moduleLabel: 'b', value: 'idle' },
      ]),
    );
    await environment.advance(200);
    await job;
  });

  it('are inspected: each message to a module, in order, from its event processor', async () => {
    const { environment, inspected, job } = await midway();
    await environment.advance(200);
    await job;
    const messages = inspected
      .filter((event): event is Inspected => event.type === '@xstate.event')
      .filter(({ event }) => event.type === 'module.process')
      .map(({ actorRef }) => (actorRef as unknown as { id: string }).id);
    const [started, ended] = [
      ['a', 'slow'],
      ['slow', 'b'],
    ] as const;
    expect(messages).toEqual([
      ...[...started, ...started],
      ...[...ended, ...started],
      ...ended,
      ...ended,
    ]);
    const steps = inspected.filter(
      (event) => event.type === '@xstate.event' && event.event.type === 'stream.step',
    );
    expect(steps.length).toBeGreaterThan(3);
  });

  it('are inspected in their states from begin to end', async () => {
    const { environment, inspected, job, system } = await midway();
    const refs = new Map(['process', 'stream0'].map((id) => [id, system.get(id)]));
    await environment.advance(200);
    await job;
    const statesOf = (id: string) => {
      const ref = refs.get(id);
      const values = inspected.flatMap((event) =>
        event.type === '@xstate.snapshot' && event.actorRef === (ref as unknown)
          ? [String((event.snapshot as unknown as { value: unknown }).value)]
          : [],
      );
      return values.filter((value, index) => value !== values[index - 1]);
    };
    expect(statesOf('process')).toEqual([
      ...['constructing', 'beginJob', 'running', 'endJob', 'done'],
    ]);
    expect(statesOf('stream0')).toEqual([
      ...['idle', 'beginStream', 'outsideRun', 'streamBeginRun', 'inRun', 'streamBeginLumi'],
      ...['inLumi', 'streamEndLumi', 'streamEndRun', 'finished', 'endStream', 'done'],
    ]);
  });
});

describe('the gate of a one module', () => {
  it('lets in one at a time, who has waited longest first', () => {
    const gate = new OneGate();
    const letIn: string[] = [];
    const enter = (name: string) => gate.enter(() => letIn.push(name));
    expect([enter('a'), enter('b'), enter('c')]).toEqual([true, false, false]);
    gate.leave();
    expect(letIn).toEqual(['b']);
    expect(enter('d')).toBe(false);
    gate.leave();
    gate.leave();
    expect(letIn).toEqual(['b', 'c', 'd']);
    gate.leave();
    expect(enter('e')).toBe(true);
  });
});

describe('a lane', () => {
  const member = (name: string, steps: number, log: string[]): TakesTurns => {
    let left = steps;
    return {
      queued: false,
      get runnable() {
        return left > 0;
      },
      step() {
        left--;
        log.push(name);
      },
    };
  };

  it('gives its members turns until none can go on', async () => {
    const lane = new StreamTurns(simulatedEnvironment());
    const log: string[] = [];
    for (const [name, steps] of [
      ['a', 3],
      ['b', 1],
      ['c', 2],
    ] as const) {
      const each = member(name, steps, log);
      lane.wake(each);
      lane.wake(each);
    }
    expect(log).toEqual([]);
    await settle();
    expect(log).toEqual(['a', 'b', 'c', 'a', 'c', 'a']);
  });

  it('gives the thread back after its time slice, and goes on', async () => {
    let now = 0;
    const deferred: (() => void)[] = [];
    const environment = simulatedEnvironment({
      now: () => (now += 1),
      defer: (callback) => void deferred.push(callback),
    });
    const lane = new StreamTurns(environment);
    const log: string[] = [];
    lane.wake(member('a', 1000, log));
    lane.wake(member('b', 1000, log));
    await settle();
    expect(log.length).toBeLessThan(2000);
    expect(deferred).toHaveLength(1);
    for (let turn = 0; turn < 1000 && deferred.length > 0; turn++) {
      deferred.shift()?.();
      await settle();
    }
    expect(log).toHaveLength(2000);
  });
});
