/**
 * The graph of a process. Proves that it has a node for every end of an edge, what paths do with the decisions of filters,
 * and the event setup; and that what is only odd is a warning.
 */
import { describe, expect, it } from 'vitest';
import {
  defineProcess,
  defineRecord,
  defineSetupProducer,
  EndPathStatusProduct,
  PathStatusProduct,
  TriggerResults,
  triggerResultsLabel,
  type ProcessBody,
} from 'edmesh';
import { eventSource, simulatedEnvironment } from 'edmesh/testing';
import { processGraph } from '../../actors/plan/process-graph.ts';
import { adder, analyzer, eventsOf, Num, passes, runToy } from './toy-job.ts';

const graphOf = (body: ProcessBody) =>
  processGraph(defineProcess({ name: 'TEST', source: eventSource([]), ...body }).configure());

describe('the graph of a process', () => {
  it('tells what a path does with the decision of a filter', () => {
    const odd = passes((event) => event % 2 === 1);
    const graph = graphOf({
      modules: { odd, a: adder() },
      sequences: { s: ['-odd', 'a'] },
      paths: { p: ['odd', 'a'], q: ['!odd'], r: ['s'] },
      endPaths: { e: ['odd', 'a'] },
    });
    const a = { label: 'a', operation: 'take' };
    expect(graph.paths).toEqual({
      p: [{ label: 'odd', operation: 'take' }, a],
      q: [{ label: 'odd', operation: 'negate' }],
      r: [{ label: 'odd', operation: 'ignore' }, a],
    });
    expect(graph.endPaths).toEqual({ e: [{ label: 'odd', operation: 'ignore' }, a] });
  });

  it('has the event setup, with who reads it', () => {
    const Maker = defineSetupProducer({
      type: 'Maker',
      description: 'Makes one',
      record: defineRecord('TestRecord', 'lumi'),
      product: Num,
      construct: () => ({ produce: () => 1 }),
    });
    const reads = analyzer((context) => {
      context.setupConsumes(Num);
      return { analyze: () => undefined };
    });
    const graph = graphOf({
      eventSetup: { one: Maker() },
      modules: { a: adder(), reads },
      paths: { p: ['a', 'reads'] },
    });
    expect(graph.eventSetup).toEqual([
      { label: 'one', type: 'Maker', record: 'TestRecord', unit: 'lumi', product: 'Num' },
    ]);
    expect(graph.setupEdges).toEqual([{ from: 'one', to: 'reads', product: 'Num' }]);
    expect(graph.edges).toEqual([]);
  });

  it('has a node for every end of an edge, also for what the framework puts', () => {
    const watch = analyzer((context) => {
      context.consumes(TriggerResults, triggerResultsLabel);
      context.consumes(PathStatusProduct, 'p');
      context.mayConsume(EndPathStatusProduct, 'nowhere');
      return { analyze: () => undefined };
    });
    const graph = graphOf({
      modules: { a: adder(['b']), b: adder(), watch },
      paths: { p: ['a'], q: ['b'] },
      endPaths: { e: ['watch'] },
    });
    const labels = graph.modules.map(({ label }) => label);
    expect(labels).toEqual(['source', 'a', 'b', 'watch', 'p', triggerResultsLabel]);
    for (const { from, to } of graph.edges)
      expect(labels).toEqual(expect.arrayContaining([from, to]));
    expect(graph.edges).toHaveLength(3);
    expect(graph.modules.at(-1)).toMatchObject({
      type: 'TriggerResults',
      role: 'framework',
      produces: ['TriggerResults_TriggerResults__TEST'],
    });
  });
});

describe('a warning', () => {
  const lonely = {
    source: eventSource(eventsOf(1)),
    modules: { used: adder(), lonely: adder(['used']), alone: adder(['lonely']) },
    paths: { p: ['used'] },
  };
  const warnings = ['lonely', 'alone'].map(
    (label) => `module ${label} will never run: it is on no path, and nothing that runs reads it`,
  );

  it('is given for modules that will never run, once, not for warm-up too', async () => {
    const warned: string[] = [];
    const nothing = () => undefined;
    const warn = (message: string) => void warned.push(message);
    const logger = { debug: nothing, info: nothing, error: nothing, warn };
    const report = await runToy(lonely, { warmupEvents: 1 }, simulatedEnvironment({ logger }));
    expect(report.exitCode).toBe(0);
    expect(report.modules.lonely?.run).toBe(0);
    expect(warned).toEqual(warnings);
  });

  it('is in the graph of the process', () => {
    const graph = processGraph(defineProcess({ name: 'TEST', ...lonely }).configure());
    expect(graph.warnings).toEqual(warnings);
    expect(graph.edges).toEqual([
      { from: 'used', to: 'lonely', branch: 'Num_used__TEST' },
      { from: 'lonely', to: 'alone', branch: 'Num_lonely__TEST' },
    ]);
    expect(graph.modules.map(({ label, paths }) => [label, paths])).toEqual([
      ['source', []],
      ['used', ['p']],
      ['lonely', []],
      ['alone', []],
    ]);
  });
});
