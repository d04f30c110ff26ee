/** Declarations belong into `construct`. Proves that every one that comes later is refused, by label and method. */
import { describe, expect, it } from 'vitest';
import type { ModuleContext } from 'edmesh';
import { eventSource, testModule } from 'edmesh/testing';
import { adder, analyzer, eventsOf, Num, runToy, sourceOf } from './toy-job.ts';

describe('a declaration that comes too late', () => {
  it.each<[string, (context: ModuleContext) => unknown]>([
    ['consumes', (context) => context.consumes(Num, 'a')],
    ['mayConsume', (context) => context.mayConsume(Num, 'a')],
    ['consumesMatching', (context) => context.consumesMatching(() => true)],
    ['produces', (context) => context.produces(Num)],
    ['setupConsumes', (context) => context.setupConsumes(Num)],
  ])('is a module that calls %s after its construct has returned', async (method, declare) => {
    for (const hook of ['beginJob', 'beginStream', 'analyze']) {
      const late = analyzer((context) => ({
        analyze: () => undefined,
        [hook]: () => void declare(context),
      }));
      const body = {
        source: eventSource(eventsOf(1)),
        modules: { a: adder(), late },
        paths: { p: ['a', 'late'] },
      };
      const report = await runToy(body, { streams: 2 });
      expect(report.errors[0]).toMatchObject({
        code: 'EDMESH_MODULE_CONTRACT',
        message: `late calls ${method} after its construct has returned; declare everything in construct`,
        fields: { label: 'late' },
      });
    }
  });

  it('is a source that declares a product when it is opened', async () => {
    const late = sourceOf((context) => () => {
      context.produces(Num);
      return { kind: 'indexed', count: 0, identify: () => undefined, read: () => undefined };
    });
    const report = await runToy({ source: late });
    expect(report.errors[0]?.message).toContain('source calls produces after its construct');
  });

  it('fails in the test of a module too', async () => {
    const late = analyzer((context) => ({ analyze: () => void context.consumes(Num, 'a') }));
    const { state, error } = await testModule(late).process();
    expect(state).toBe('failed');
    expect(error).toMatchObject({ code: 'EDMESH_MODULE_CONTRACT', fields: { label: 'tested' } });
  });
});
