/** The event in `acquire`. Proves that all of it can be seen and nothing put, not even after `acquire` has returned. */
import { describe, expect, it } from 'vitest';
import { defineSoA, type Event } from 'edmesh';
import { eventSource } from 'edmesh/testing';
import { adder, eventsOf, Num, producer, runToy } from './toy-job.ts';

const Pair = defineSoA('Pair', { x: 'float32' });

describe('external work', () => {
  it.each<[string, (putLater: () => void) => void]>([
    ['in acquire', (put) => put()],
    ['from there later', (put) => setImmediate(put)],
  ])('cannot put products %s', async (_name, when) => {
    const thrown: unknown[] = [];
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: {
        eager: producer((context) => {
          const token = context.produces(Num);
          return {
            acquire: (event, _setup, holder) => {
              when(() => {
                try {
                  (event as Event).put(token, 1);
                } catch (error) {
                  thrown.push(error);
                }
                holder.done();
              });
            },
            produce: (event) => event.put(token, 2),
          };
        }),
      },
      paths: { p: ['eager'] },
    });
    expect(thrown).toMatchObject([{ code: 'EDMESH_MODULE_CONTRACT', fields: { label: 'eager' } }]);
    expect(thrown.map(String).join()).toContain('eager puts a product in acquire');
    expect(report.errors).toEqual([]);
  });

  it('sees all of the event but what it could put, with random numbers that go on', async () => {
    const seen: unknown[] = [];
    const looks = producer((context) => {
      const number = context.consumes(Num, 'a');
      const ofLumi = context.mayConsume(Num, 'a', 'lumi');
      const ofRun = context.mayConsume(Num, 'a', 'run');
      const drawn = context.produces(Num);
      let first = 0;
      return {
        acquire: (event, _setup, holder) => {
          const { run, lumi, timeUs, ordinal, attempt, processHistory } = event;
          seen.push([run, lumi, event.event, timeUs, ordinal, attempt]);
          seen.push(event.get(number), event.find(number), event.provenance(number).moduleLabel);
          seen.push(processHistory.steps.length, event.allocate(Pair, 2).x.length);
          seen.push(event.lumiProducts.find(ofLumi), event.runProducts.find(ofRun));
          first = event.random.uniform();
          holder.done();
        },
        produce: (event) => {
          seen.push(first === event.random.uniform());
          event.put(drawn, first);
        },
      };
    });
    const report = await runToy({
      source: eventSource(eventsOf(1)),
      modules: { a: adder(), looks },
      paths: { p: ['a', 'looks'] },
    });
    expect(report.errors).toEqual([]);
    const ids = [1, 1, 1, 0, 0, 0];
    expect(seen).toEqual([ids, 1, 1, 'a', 1, 2, undefined, undefined, false]);
  });
});
