/**
 * The statecharts alone. Proves, state by state and message by message, where the machines of process, EDM stream, source
 * and event setup go; effects are given by the test or left out.
 */
import { describe, expect, it } from 'vitest';
import { createActor, fromPromise, initialTransition, transition } from 'xstate';
import { ConditionsStore } from '../../actors/event-setup/conditions.ts';
import { edmStreamMachine, type StreamEvent } from '../../actors/stream/edm-stream.machine.ts';
import { eventSetupMachine } from '../../actors/event-setup/event-setup.machine.ts';
import { processMachine, type ProcessMessage } from '../../actors/job/process.machine.ts';
import { LumiBlock, RunBlock } from '../../actors/source/blocks.ts';
import { sourceMachine, type SourceMessage } from '../../actors/source/source.machine.ts';
import type { SourceReader } from 'edmesh';
import { settle } from 'edmesh/testing';

const done = (id: string, output?: unknown) => ({ type: `xstate.done.actor.${id}`, output });

describe('the process', () => {
  type Guards = { readonly hasFailed?: boolean; readonly isConstructed?: boolean };
  const machineWith = ({ hasFailed = false, isConstructed = true }: Guards) =>
    processMachine.provide({
      guards: { hasFailed: () => hasFailed, isConstructed: () => isConstructed },
    });

  /** Where messages lead from the beginning, and the names of the actions of the last step. */
  function after(messages: readonly (ProcessMessage | 'done')[], guards: Guards = {}) {
    const machine = machineWith(guards);
    let [snapshot, actions] = initialTransition(machine);
    for (const message of messages) {
      const id = `0.process.${snapshot.value}`;
      const event = message === 'done' ? (done(id) as never) : message;
      [snapshot, actions] = transition(machine, snapshot, event);
    }
    const named = actions.map(({ type }) => type).filter((type) => !type.startsWith('xstate.'));
    return { value: snapshot.value, status: snapshot.status, actions: named };
  }

  const [stop, fatal, ended] = (['STOP', 'FATAL', 'STREAMS_ENDED'] as const).map((type) => ({
    type,
  }));
  const running = ['done', 'done'] as const;

  it.each<[string, readonly (ProcessMessage | 'done')[], Guards, string, readonly string[]]>([
    ['begins by constructing', [], {}, 'constructing', []],
    ['does not stop while it is constructed', [stop!], {}, 'constructing', []],
    ['goes on to beginJob', ['done'], {}, 'beginJob', []],
    ['fails where nothing was constructed', ['done'], { isConstructed: false }, 'failed', []],
    ['runs endJob where something was', ['done'], { hasFailed: true }, 'endJob', ['streamsEnded']],
    ['runs', running, {}, 'running', ['startStreams']],
    ['drains when stopped', [...running, stop!], {}, 'draining', ['stopClaims']],
    [
      'drains at a fatal error',
      [...running, fatal!],
      {},
      'draining',
      ['stopClaims', 'cancelWaiting'],
    ],
    [
      'cancels at a fatal error while draining',
      [...running, stop!, fatal!],
      {},
      'draining',
      ['cancelWaiting'],
    ],
    [
      'ends when EDM streams have',
      [...running, ended!],
      {},
      'endJob',
      ['stopClaims', 'streamsEnded'],
    ],
    ['ends after draining', [...running, stop!, ended!], {}, 'endJob', ['streamsEnded']],
    ['ignores messages in endJob', [...running, ended!, stop!, fatal!, ended!], {}, 'endJob', []],
    ['is done', [...running, ended!, 'done'], {}, 'done', []],
  ])('%s', (_name, messages, guards, value, actions) => {
    expect(after(messages, guards)).toMatchObject({ value, actions });
  });

  it('ends failed where there was an error', async () => {
    let failed = false;
    const machine = processMachine.provide({
      guards: { hasFailed: () => failed },
      actions: {
        startStreams: ({ self }) => {
          failed = true;
          self.send({ type: 'FATAL' });
          self.send({ type: 'STREAMS_ENDED' });
        },
      },
    });
    const actor = createActor(machine).start();
    await settle();
    expect(actor.getSnapshot()).toMatchObject({ value: 'failed', status: 'done' });
  });
});

describe('the EDM stream', () => {
  const run = new RunBlock({ number: 0, run: 1, firstLumi: 1, timeUs: 0 }, 0);
  const other = new RunBlock({ number: 1, run: 2, firstLumi: 1, timeUs: 0 }, 0);
  const infoOf = ({ info }: RunBlock) => ({
    number: info.number,
    run: info,
    lumi: 1,
    timeUs: 0,
    eventsBefore: 0,
  });
  const lumiOf = (block: RunBlock, state: LumiBlock['state']) => {
    const lumi = new LumiBlock(block, infoOf(block), 0);
    lumi.state = state;
    return lumi;
  };

  function streamTold(...messages: readonly (StreamEvent | 'done')[]) {
    let [snapshot, actions] = initialTransition(edmStreamMachine);
    for (const message of messages) {
      const id = `0.edmStream.${snapshot.value}`;
      const event = message === 'done' ? (done(id) as never) : message;
      [snapshot, actions] = transition(edmStreamMachine, snapshot, event);
    }
    const named = actions.map(({ type }) => type).filter((type) => !type.startsWith('xstate.'));
    return { value: snapshot.value, actions: named, context: snapshot.context };
  }

  const start = [{ type: 'START' }, 'done'] as const;
  const needs = (block: LumiBlock) => ({ type: 'NEEDS_LUMI', block }) as const;
  const begun = { type: 'BLOCK_BEGUN' } as const;
  const finish = { type: 'FINISH' } as const;
  const end = { type: 'END' } as const;
  const closed = (block: LumiBlock) => ({ type: 'LUMI_CLOSED', block }) as const;
  run.state = 'open';
  const lumi = lumiOf(run, 'open');
  const inLumi = [...start, needs(lumi), begun, 'done', 'done'] as const;

  it.each<[string, readonly (StreamEvent | 'done')[], string, readonly string[]]>([
    ['is idle', [], 'idle', []],
    ['begins', [{ type: 'START' }], 'beginStream', []],
    ['has begun', start, 'outsideRun', ['begun']],
    ['waits for a run', [...start, needs(lumiOf(other, 'pending'))], 'outsideRun', []],
    ['enters a run that is open', [...start, needs(lumi)], 'streamBeginRun', []],
    ['waits there for its lumi', [...start, needs(lumiOf(run, 'pending')), 'done'], 'inRun', []],
    ['enters the lumi', [...start, needs(lumi), 'done'], 'streamBeginLumi', []],
    ['is in the lumi', inLumi, 'inLumi', ['entered']],
    ['stays when another lumi is closed', [...inLumi, closed(lumiOf(run, 'open'))], 'inLumi', []],
    ['leaves when its lumi is closed', [...inLumi, closed(lumi)], 'streamEndLumi', []],
    ['stays in the run then', [...inLumi, closed(lumi), 'done'], 'inRun', ['leftLumi']],
    ['leaves for another lumi', [...inLumi, needs(lumiOf(run, 'open'))], 'streamEndLumi', []],
    [
      'goes to it',
      [...inLumi, needs(lumiOf(run, 'open')), 'done'],
      'streamBeginLumi',
      ['leftLumi'],
    ],
    [
      'leaves the run for another',
      [...inLumi, needs(lumiOf(other, 'open')), 'done'],
      'streamEndRun',
      ['leftLumi'],
    ],
    ['leaves all when it finishes', [...inLumi, finish], 'streamEndLumi', []],
    ['leaves the run too', [...inLumi, finish, 'done'], 'streamEndRun', ['leftLumi']],
    [
      'is out of everything',
      [...inLumi, finish, 'done', 'done'],
      'finished',
      ['leftRun', 'dropClaimed', 'finished'],
    ],
    ['ends when it may', [...inLumi, finish, 'done', 'done', end], 'endStream', []],
    ['has ended', [...inLumi, finish, 'done', 'done', end, 'done'], 'done', ['ended']],
    ['finishes without any event', [...start, finish], 'finished', ['dropClaimed', 'finished']],
    [
      'finishes where its lumi never begins',
      [...start, needs(lumiOf(run, 'pending')), 'done', finish],
      'streamEndRun',
      [],
    ],
    [
      'finishes after the hook that is under way',
      [{ type: 'START' }, finish, 'done'],
      'finished',
      ['begun', 'dropClaimed', 'finished'],
    ],
    ['does not end before it may', [...inLumi, end], 'inLumi', []],
  ])('%s', (_name, messages, value, actions) => {
    expect(streamTold(...messages)).toMatchObject({ value, actions });
  });

  it('remembers the block that it is in and forgets the one that it was claimed for', () => {
    expect(streamTold(...inLumi).context).toEqual({
      run,
      lumi,
      target: undefined,
      finishing: false,
    });
    expect(streamTold(...inLumi, finish, 'done', 'done').context).toMatchObject({
      run: undefined,
      lumi: undefined,
      finishing: true,
    });
  });

  it('leaves a run that is over while it waits for an event', () => {
    const over = new RunBlock({ number: 2, run: 3, firstLumi: 1, timeUs: 0 }, 0);
    over.state = 'open';
    const last = lumiOf(over, 'open');
    const inLast = [...start, needs(last), 'done', 'done', closed(last)] as const;
    expect(streamTold(...inLast, 'done').value).toBe('inRun');
    over.closed = true;
    expect(streamTold(...inLast, 'done').value).toBe('streamEndRun');
  });
});

describe('the source', () => {
  const reader: SourceReader = {
    kind: 'indexed',
    count: 0,
    identify: () => undefined,
    read: () => undefined,
  };
  const machine = (open: () => Promise<SourceReader>, log: unknown[] = []) =>
    sourceMachine.provide({
      actors: {
        open: fromPromise(open),
        close: fromPromise(async ({ input }) => void log.push(['close', input])),
      },
      actions: {
        opened: (_, given) => void log.push(['opened', given]),
        failed: (_, { error }) => void log.push(['failed', error]),
        closed: () => void log.push('closed'),
      },
    });
  const tell = async (messages: readonly SourceMessage[], open = () => Promise.resolve(reader)) => {
    const log: unknown[] = [];
    const actor = createActor(machine(open, log)).start();
    for (const message of messages) {
      actor.send(message);
      await settle();
    }
    return { snapshot: actor.getSnapshot(), log };
  };
  const at = { type: 'AT', run: 3, lumi: 4 } as const;

  it.each<[readonly SourceMessage[], unknown]>([
    [[], 'closed'],
    [[at, { type: 'EXHAUSTED' }, { type: 'CLOSE' }], 'closed'],
    [[{ type: 'OPEN' }], { open: 'atBegin' }],
    [[{ type: 'OPEN' }, at], { open: 'inLumi' }],
    [[{ type: 'OPEN' }, at, { type: 'EXHAUSTED' }], 'exhausted'],
    [[{ type: 'OPEN' }, { type: 'CLOSE' }], 'done'],
    [[{ type: 'OPEN' }, at, { type: 'EXHAUSTED' }, { type: 'CLOSE' }], 'done'],
  ])('is told %o', async (messages, value) => {
    expect((await tell(messages)).snapshot.value).toEqual(value);
  });

  it('knows its reader and where it is, and closes the reader', async () => {
    const { snapshot, log } = await tell([{ type: 'OPEN' }, at, { type: 'CLOSE' }]);
    expect(snapshot.context).toMatchObject({ reader, run: 3, lumi: 4 });
    expect(log).toEqual([['opened', reader], ['close', reader], 'closed']);
  });

  it('fails to open, and can be closed all the same', async () => {
    const error = new Error('no file');
    const failed = await tell([{ type: 'OPEN' }], () => Promise.reject(error));
    expect(failed.snapshot).toMatchObject({ value: 'failed', context: { error } });
    expect(failed.log).toEqual([['failed', error]]);
    const over = await tell([{ type: 'OPEN' }, { type: 'CLOSE' }], () => Promise.reject(error));
    expect(over.snapshot).toMatchObject({ value: 'done', status: 'done' });
  });
});

describe('the event setup', () => {
  const instant = { run: 7, lumi: 0, timeUs: 0 };

  async function opened(open: () => Promise<ConditionsStore>) {
    const failures: unknown[] = [];
    const machine = eventSetupMachine.provide({
      actors: { open: fromPromise(open) },
      actions: { failed: (_, { error }) => void failures.push(error) },
    });
    const actor = createActor(machine).start();
    expect(actor.getSnapshot().value).toBe('closed');
    actor.send({ type: 'OPEN' });
    expect(actor.getSnapshot().value).toBe('opening');
    await settle();
    const ask = () =>
      new Promise((resolve, reject) => {
        actor.send({ type: 'RESOLVE', request: { instant, resolve, reject } });
        expect(actor.getSnapshot().value).toBe('resolving');
      });
    return { actor, ask, failures };
  }

  it('answers, one transition after the other', async () => {
    const { actor, ask } = await opened(() => ConditionsStore.open([]));
    expect(actor.getSnapshot().value).toBe('ready');
    expect(await ask()).toEqual([]);
    expect(actor.getSnapshot()).toMatchObject({ value: 'ready', context: { instant } });
    expect(await ask()).toEqual([]);
  });

  it('refuses with what a producer throws, and stays usable', async () => {
    const error = new Error('no interval');
    let fails = true;
    const at = () => (fails ? Promise.reject(error) : Promise.resolve(['good']));
    const { ask } = await opened(() => Promise.resolve({ at } as unknown as ConditionsStore));
    await expect(ask()).rejects.toBe(error);
    fails = false;
    expect(await ask()).toEqual(['good']);
  });

  it('fails to open', async () => {
    const error = new Error('no dump');
    const { actor, failures } = await opened(() => Promise.reject(error));
    expect(actor.getSnapshot().value).toBe('failed');
    expect(failures).toEqual([error]);
  });
});
