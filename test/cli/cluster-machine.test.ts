/** The supervision of a cluster as a statechart, on a simulated clock: what it does to its processes, and when. */
import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { clusterMachine, type ClusterMessage } from '../../cli/cluster/cluster.machine.ts';

function supervision() {
  const done: string[] = [];
  const clock = new SimulatedClock();
  const effect = (name: string) => () => done.push(name);
  const machine = clusterMachine.provide({
    actions: {
      startAll: effect('start'),
      allBegun: effect('begun'),
      passSignalOn: effect('signal'),
      askToDrain: effect('drain'),
      killAll: effect('kill'),
    },
  });
  const actor = createActor(machine, { clock, input: { names: ['A', 'B', 'C'] } });
  actor.start();
  return {
    done,
    clock,
    send: (...messages: ClusterMessage[]) => {
      for (const message of messages) actor.send(message);
    },
    state: () => actor.getSnapshot().value,
    status: () => actor.getSnapshot().status,
  };
}

const begun = (name: string) => ({ type: 'BEGUN', name }) as const;
const gone = (name: string, failed = false) => ({ type: 'GONE', name, failed }) as const;
const signal = { type: 'SIGNAL', signal: 'SIGINT' } as const;
const all = [begun('A'), begun('B'), begun('C')];

describe('the processes of a cluster', () => {
  it('start, run and end by themselves, in any order', () => {
    const { send, state, status, done } = supervision();
    expect(state()).toBe('starting');
    send(...all);
    expect(state()).toBe('running');
    send(gone('B'), gone('A'));
    expect(state()).toBe('running');
    send(gone('C'));
    expect([state(), status()]).toEqual(['ended', 'done']);
    expect(done).toEqual(['start', 'begun']);
  });

  it('have all begun when the last of those that are left has', () => {
    const { send, state, done } = supervision();
    send(begun('A'), gone('B'), begun('C'));
    expect([state(), ...done]).toEqual(['running', 'start', 'begun']);
  });

  it('drain at a signal for as long as they need, and are killed at a second one', () => {
    const { send, state, done, clock } = supervision();
    send(...all, signal);
    expect(state()).toBe('draining');
    clock.increment(3_600_000);
    send(gone('A'));
    expect([state(), ...done]).toEqual(['draining', 'start', 'begun', 'signal']);
    send(signal, signal);
    expect([state(), done.at(-1)]).toEqual(['killing', 'kill']);
    send(gone('B', true), gone('C', true));
    expect(state()).toBe('ended');
    expect(done.filter((each) => each === 'kill')).toHaveLength(1);
  });

  it('are told to drain a while after one of them failed, and killed in the end', () => {
    const { send, state, done, clock } = supervision();
    send(...all, gone('A', true));
    clock.increment(999);
    expect([state(), done.at(-1)]).toEqual(['failing', 'begun']);
    clock.increment(1);
    expect([state(), done.at(-1)]).toEqual(['stopping', 'drain']);
    clock.increment(9_999);
    expect(done.at(-1)).toBe('drain');
    clock.increment(1);
    expect([state(), done.at(-1)]).toEqual(['killing', 'kill']);
    send(gone('B', true), gone('C', true));
    expect(state()).toBe('ended');
  });

  it('need not be told where they hear of a failure from each other', () => {
    const { send, state, done, clock } = supervision();
    send(begun('A'), gone('A', true), gone('B', true), gone('C', true));
    expect(state()).toBe('ended');
    clock.increment(60_000);
    expect(done).toEqual(['start']);
  });

  it('have a limit where one fails while they drain, or a signal comes after a failure', () => {
    const first = supervision();
    first.send(...all, signal, gone('A', true));
    first.clock.increment(10_000);
    expect([first.state(), first.done.at(-1)]).toEqual(['killing', 'kill']);
    const second = supervision();
    second.send(gone('A', true), signal);
    expect([second.state(), second.done.at(-1)]).toEqual(['stopping', 'signal']);
    second.send(signal);
    expect(second.done.at(-1)).toBe('kill');
  });

  it('are waited for in every state', () => {
    const paths: readonly (readonly ClusterMessage[])[] = [
      [],
      all,
      [gone('A', true)],
      [signal],
      [signal, gone('A', true)],
      [signal, signal],
    ];
    for (const path of paths) {
      const { send, status } = supervision();
      send(...path);
      for (const name of ['A', 'B', 'C']) {
        expect(status()).toBe('active');
        send(gone(name));
      }
      expect(status()).toBe('done');
    }
  });
});
