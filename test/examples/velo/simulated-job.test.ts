/** The flagship without any file: simulated events through the whole process. */
import { describe, expect, it } from 'vitest';
import type { RawEvent } from '../../../index.ts';
import { defineProcess, histogramEntries, isHistogram, z } from '../../../index.ts';
import velo from '../../../examples/velo/velo.config.ts';
import { VeloSimulation } from '../../../examples/velo/simulation-source.ts';
import { parseVeloGeometry } from '../../../examples/velo/algorithms/velo-geometry.ts';
import { simulatedGeometryBytes } from '../../../examples/velo/algorithms/simulated-geometry.ts';
import { createPlainReconstruction } from '../../../examples/velo/plain-reconstruction.ts';
import { runProcess } from '../../../actors/testing/index.ts';
import { figuresOf, runVelo } from './velo-job.ts';

describe('the job on simulated events', () => {
  it('finds what was simulated', async () => {
    const report = await runVelo(velo, { events: 60 });
    expect(report.errors).toEqual([]);
    expect(report.events).toBe(60);
    const figures = figuresOf(report);
    expect(figures.velo).toBeGreaterThan(0.97);
    expect(figures.long).toBeGreaterThan(0.99);
    expect(figures.ghosts).toBeLessThan(0.02);
    expect(figures.matched / figures.clusters).toBeGreaterThan(0.9);
    expect(figures.vertices.found / figures.vertices.total).toBeGreaterThan(0.9);
  });

  it('gives the same products and histograms, whatever the number of EDM streams', async () => {
    const one = await runVelo(velo, { events: 30 });
    const summary = z.record(z.string(), z.unknown()).parse(one.modules.histograms?.summary);
    const histograms = Object.values(summary).filter(isHistogram);
    expect(histograms.length).toBe(Object.keys(summary).length);
    const hits = histograms.find(({ title }) => title === 'hits of an event');
    expect(hits !== undefined && histogramEntries(hits)).toBe(30);
    for (const streams of [2, 5]) {
      const report = await runVelo(velo, { events: 30 }, { streams });
      expect(report.digests).toEqual(one.digests);
      for (const label of ['clusterValidator', 'trackValidator', 'vertexValidator', 'histograms']) {
        expect(report.modules[label]?.summary).toEqual(one.modules[label]?.summary);
      }
    }
  });

  it('makes an event from seed, run, lumi and event number alone', async () => {
    const all = await rawEvents({ events: 6 });
    const last = await rawEvents({ events: 6 }, { skipEvents: 5 });
    expect(last).toEqual(all.slice(5));
    expect(new Set(all.map((bytes) => bytes.join())).size).toBe(6);
    expect(await rawEvents({ events: 6 }, {}, 2)).not.toEqual(all);
    expect(await rawEvents({ events: 6, run: 2 })).not.toEqual(all);
    expect(await rawEvents({ events: 6, eventsPerLumi: 1 })).not.toEqual(all);
  });

  it('counts what the same steps in a plain loop count', async () => {
    const report = await runVelo(velo, { events: 10 });
    const geometry = parseVeloGeometry(simulatedGeometryBytes());
    const { process, summaries } = createPlainReconstruction(geometry, 'superpixel');
    for (const bytes of await rawEvents({ events: 10 })) process(bytes);
    for (const [label, summary] of Object.entries(summaries)) {
      expect(report.modules[label]?.summary).toEqual(summary);
    }
  });

  it('leaves the validators out where they are not wanted', async () => {
    const report = await runVelo(velo, { events: 3, validation: false });
    expect(report.exitCode).toBe(0);
    expect(Object.keys(report.modules)).not.toContain('mcParticles');
    expect(report.paths.reconstruction?.pass).toBe(3);
  });
});

/** The bytes of simulated events, in their order. */
async function rawEvents(
  parameters: Parameters<typeof VeloSimulation>[0],
  options: { skipEvents?: number } = {},
  seed = 1,
): Promise<Uint8Array[]> {
  const simulation = defineProcess({
    name: 'VELO',
    source: VeloSimulation(parameters),
    options: { seed },
  });
  const { products } = await runProcess(simulation.configure(), options);
  return [...products.values()].map((event) => (event.RawEvent_source__VELO as RawEvent).bytes);
}
