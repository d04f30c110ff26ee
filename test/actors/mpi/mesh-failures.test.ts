/** What goes wrong between processes: contracts that do not match, failures of one side, partners that never come. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  MPIController,
  MPIReceiver,
  MPISender,
  MPISource,
  PathStateCapture,
  PathStateRelease,
  PathStateToken,
} from '../../../actors/index.ts';
import { runProcess } from '../../../actors/testing/index.ts';
import {
  defineAnalyzer,
  defineFilter,
  defineProcess,
  defineProducer,
  defineProduct,
  defineTransient,
  type ProcessBody,
} from '../../../edm/index.ts';
import { EmptySource } from '../../../io/index.ts';
import { runMesh } from './mesh-jobs.ts';

const Count = defineProduct('Count', z.number());
const OtherCount = defineProduct('OtherCount', z.string());
const Handle = defineTransient('Handle', (value): value is object => typeof value === 'object');

const Counter = defineProducer({
  type: 'Counter',
  description: 'puts the event number; fails at one event',
  parameters: z.object({ failAt: z.number().default(-1) }),
  construct(context, { failAt }) {
    const token = context.produces(Count);
    return {
      produce(event) {
        if (event.event === failAt) throw new Error('broken on purpose');
        event.put(token, event.event);
      },
    };
  },
});

const HandleProducer = defineProducer({
  type: 'HandleProducer',
  description: 'puts what cannot be sent',
  construct(context) {
    const token = context.produces(Handle);
    return {
      produce(event) {
        event.put(token, {});
      },
    };
  },
});

const Modulo = defineFilter({
  type: 'Modulo',
  description: 'passes every third event',
  construct: () => ({ filter: (event) => event.event % 3 === 0 }),
});

const Seen = defineAnalyzer({
  type: 'Seen',
  description: 'counts events, and those that have the count',
  construct(context) {
    const token = context.mayConsume(Count, 'counts');
    const seen = { events: 0, counts: 0 };
    return {
      analyze(event) {
        seen.events++;
        if (event.find(token) !== undefined) seen.counts++;
      },
      endJob: () => seen,
    };
  },
});

const controller = MPIController({ followers: ['REMOTE'] });
const source = MPISource({ controller: 'LOCAL' });
const counts = MPIReceiver({ instance: 1, products: [{ type: Count }] });

function localWith(
  modules: NonNullable<ProcessBody['modules']>,
  path: readonly string[],
  events = 30,
) {
  return defineProcess({
    name: 'LOCAL',
    source: EmptySource({ events }),
    modules: { controller, ...modules },
    paths: { p: path },
  });
}

describe('a contract that does not match', () => {
  it('is refused by both sides, with every mismatch', async () => {
    const local = localWith(
      {
        counter: Counter(),
        one: MPISender({ upstream: 'controller', instance: 1, products: ['counter'] }),
        two: MPISender({ upstream: 'controller', instance: 2, products: ['counter'] }),
      },
      ['counter', 'controller', 'one', 'two'],
    );
    const remote = defineProcess({
      name: 'REMOTE',
      source,
      modules: {
        one: MPIReceiver({ instance: 1, products: [{ type: OtherCount }] }),
        three: MPIReceiver({ instance: 3, products: [] }),
      },
      paths: { p: ['one', 'three'] },
    });
    const reports = await runMesh([{ template: local }, { template: remote }]);
    for (const { errors, events, exitCode } of reports) {
      expect(errors[0]?.code).toBe('EDMESH_CONTRACT');
      expect(errors[0]?.fields.problems).toHaveLength(3);
      expect([events, exitCode]).toEqual([0, 8009]);
    }
    expect(reports[0]?.errors[0]?.fields).toEqual(reports[1]?.errors[0]?.fields);
  });
});

describe('a sender', () => {
  it('refuses patterns that match nothing, and transient products by name', async () => {
    const local = localWith(
      {
        handles: HandleProducer(),
        sender: MPISender({
          upstream: 'controller',
          instance: 1,
          products: ['handles', 'nobody*'],
        }),
      },
      ['handles', 'controller', 'sender'],
    );
    const { report } = await runProcess(local.configure());
    expect(report.errors[0]?.code).toBe('EDMESH_CONFIGURATION');
    expect(report.errors[0]?.message).toContain("'nobody*' matches no product");
    expect(report.errors[0]?.message).toContain('Handle_handles__LOCAL cannot be sent');
  });
});

describe('a process with MPI modules that runs alone', () => {
  it('is told so', async () => {
    const alone = localWith({}, ['controller']);
    const { report } = await runProcess(alone.configure());
    expect(report.errors[0]?.code).toBe('EDMESH_NOT_CONNECTED');
    const follower = defineProcess({
      name: 'REMOTE',
      source,
      modules: { counts },
      paths: { p: ['counts'] },
    });
    const { report: other } = await runProcess(follower.configure());
    expect(other.errors[0]?.code).toBe('EDMESH_NOT_CONNECTED');
  });
});

describe('a failure', () => {
  const sending = (failAt: number) =>
    localWith(
      {
        counter: Counter({ failAt }),
        sender: MPISender({ upstream: 'controller', instance: 1, products: ['counter'] }),
      },
      ['controller', 'counter', 'sender'],
      2000,
    );
  const following = (failAt: number) =>
    defineProcess({
      name: 'REMOTE',
      source,
      modules: { counts, seen: Seen(), failing: Counter({ failAt }) },
      paths: { p: ['counts', 'seen', 'failing'] },
    });

  it('of the controller ends the follower', async () => {
    const [local, remote] = await runMesh([{ template: sending(7) }, { template: following(-1) }]);
    expect(local?.errors[0]?.message).toBe('broken on purpose');
    expect(remote?.errors[0]?.code).toBe('EDMESH_PEER_FAILED');
    expect(remote?.errors[0]?.message).toContain('LOCAL has failed: broken on purpose');
  });

  it('of the follower ends the controller', async () => {
    const [local, remote] = await runMesh([{ template: sending(-1) }, { template: following(7) }]);
    expect(remote?.errors[0]?.message).toBe('broken on purpose');
    expect(local?.errors[0]?.code).toBe('EDMESH_PEER_FAILED');
  });

  it('that the sender survives does not leave the receiver waiting', async () => {
    const local = defineProcess({
      name: 'LOCAL',
      source: EmptySource({ events: 30 }),
      modules: {
        controller,
        counter: Counter({ failAt: 7 }),
        sender: MPISender({ upstream: 'controller', instance: 1, products: ['counter'] }),
      },
      paths: { p: ['controller', 'counter', 'sender'] },
      options: { tryToContinue: ['StdException'] },
    });
    const [, remote] = await runMesh([{ template: local }, { template: following(-1) }]);
    expect(remote?.errors).toEqual([]);
    expect(remote?.modules.seen?.summary).toEqual({ events: 30, counts: 29 });
  });
});

describe('the decision of a filter', () => {
  it('travels as the state of its path', async () => {
    const sendingPath = defineProcess({
      name: 'LOCAL',
      source: EmptySource({ events: 30 }),
      modules: {
        controller,
        counter: Counter(),
        modulo: Modulo(),
        capture: PathStateCapture(),
        sender: MPISender({
          upstream: 'controller',
          instance: 1,
          products: ['counter', 'capture'],
          activity: 'capture',
        }),
      },
      paths: { filtered: ['counter', 'modulo', 'capture'], sending: ['controller', 'sender'] },
    });
    const remote = defineProcess({
      name: 'REMOTE',
      source,
      modules: {
        counts: MPIReceiver({ instance: 1, products: [{ type: Count }, { type: PathStateToken }] }),
        release: PathStateRelease({ state: 'counts' }),
        seen: Seen(),
      },
      paths: { p: ['counts', 'release', 'seen'] },
    });
    const [own, other] = await runMesh([{ template: sendingPath }, { template: remote }]);
    expect(own?.errors).toEqual([]);
    expect(other?.errors).toEqual([]);
    expect(other?.events).toBe(30);
    expect(other?.modules.seen?.summary).toEqual({ events: 10, counts: 10 });
  });
});

describe('a process that follows and controls', () => {
  it('hands events on', async () => {
    const local = localWith(
      {
        counter: Counter(),
        sender: MPISender({ upstream: 'controller', instance: 1, products: ['counter'] }),
      },
      ['counter', 'controller', 'sender'],
    );
    const middle = defineProcess({
      name: 'REMOTE',
      source,
      modules: {
        counts,
        next: MPIController({ followers: ['LAST'] }),
        sender: MPISender({ upstream: 'next', instance: 1, products: ['counts'] }),
      },
      paths: { p: ['counts', 'next', 'sender'] },
    });
    const last = defineProcess({
      name: 'LAST',
      source: MPISource({ controller: 'REMOTE' }),
      modules: { counts, seen: Seen() },
      paths: { p: ['counts', 'seen'] },
    });
    const reports = await runMesh([{ template: local }, { template: middle }, { template: last }]);
    expect(reports.map(({ errors }) => errors)).toEqual([[], [], []]);
    expect(reports[2]?.modules.seen?.summary).toEqual({ events: 30, counts: 30 });
  });
});
