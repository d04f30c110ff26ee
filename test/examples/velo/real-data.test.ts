/** The flagship on real data, through the framework, with one and with several EDM streams. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import json from '../../../examples/velo/json.config.ts';
import velo from '../../../examples/velo/velo.config.ts';
import { figuresOf, runVelo } from './velo-job.ts';

const data = process.env.EDMESH_DATA ?? '';
const folder = join(data, 'lhcb-mdf');

function rawData(clustering: string): Record<string, unknown> {
  const name = readdirSync(folder).find((file) => file.endsWith('.mdf')) ?? '';
  return { input: join(folder, name), geometry: join(folder, 'velo_geometry.bin'), clustering };
}

// The data belong to others and are not part of the project: without EDMESH_DATA there is nothing to read.
describe.skipIf(data === '')('LHCb data', () => {
  it('in raw events are reconstructed from the clusters of the readout board', async () => {
    const report = await runVelo(velo, rawData('retina'));
    expect(report.errors).toEqual([]);
    expect(report.events).toBe(10);
    const figures = figuresOf(report);
    expect(figures.clusters).toBe(20652);
    expect(figures.matched).toBe(figures.clusters);
    expect(figures.velo).toBeGreaterThan(0.96);
    expect(figures.long).toBeGreaterThan(0.99);
    expect(figures.ghosts).toBeLessThan(0.04);
    expect(figures.vertices.total).toBe(52);
    expect(figures.vertices.found).toBeGreaterThanOrEqual(46);
    expect(figures.vertices.extra).toBeLessThanOrEqual(10);
  });

  it('are reconstructed about as well from our own clusters', async () => {
    const [own, board] = await Promise.all(
      ['superpixel', 'retina'].map(async (kind) => figuresOf(await runVelo(velo, rawData(kind)))),
    );
    if (own === undefined || board === undefined) throw new Error('two jobs expected');
    expect(Math.abs(own.clusters / board.clusters - 1)).toBeLessThan(0.05);
    expect(own.matched / own.clusters).toBeGreaterThan(0.95);
    expect(Math.abs(own.velo - board.velo)).toBeLessThan(0.02);
    expect(Math.abs(own.long - board.long)).toBeLessThan(0.02);
  });

  for (const [name, parameters] of [
    ['preloaded', {}],
    ['streamed', { preload: false }],
  ] as const) {
    it(`give the same products ${name}, whatever the number of EDM streams`, async () => {
      const expected = await runVelo(velo, rawData('superpixel'));
      for (const streams of [1, 2, 4]) {
        const given = { ...rawData('superpixel'), ...parameters };
        const report = await runVelo(velo, given, { streams });
        expect(report.exitCode).toBe(0);
        expect(report.digests).toEqual(expected.digests);
        expect(figuresOf(report)).toEqual(figuresOf(expected));
      }
    });
  }

  for (const kind of ['minibias', 'bsphiphi']) {
    it(`in JSON have tracks in 200 ${kind} events`, async () => {
      const input = join(data, 'lhcb-velo-json', kind);
      const report = await runVelo(json, { input });
      expect(report.errors).toEqual([]);
      expect(report.events).toBe(200);
      const figures = figuresOf(report);
      expect(figures.clusters).toBeGreaterThan(figures.matched);
      expect(figures.velo).toBeGreaterThan(0.95);
      expect(figures.long).toBeGreaterThan(0.99);
      expect(figures.ghosts).toBeLessThan(0.04);
      expect(figures.vertices).toEqual({ found: 0, total: 0, extra: 0 });
      const again = await runVelo(json, { input, preload: false }, { streams: 3 });
      expect(again.digests).toEqual(report.digests);
    });
  }
});
