import { describe, expect, it } from 'vitest';
import { readOdin, readRawBanks } from '../../../index.ts';
import { createEventSimulation } from '../../../examples/velo/algorithms/simulate-event.ts';
import { simulatedGeometryBytes } from '../../../examples/velo/algorithms/simulated-geometry.ts';
import { parseVeloGeometry } from '../../../examples/velo/algorithms/velo-geometry.ts';
import { createPlainReconstruction } from '../../../examples/velo/plain-reconstruction.ts';
import { seededRandom } from './seeded-random.ts';

const id = { run: 9, event: 12345678901n, gpsTime: 3n };
const geometry = parseVeloGeometry(simulatedGeometryBytes());

describe('the simulation', () => {
  it('gives the same event for the same random numbers, whatever came before', () => {
    const simulate = createEventSimulation();
    const first = simulate(id, seededRandom(4));
    simulate(id, seededRandom(5));
    expect(simulate(id, seededRandom(4))).toEqual(first);
    expect(createEventSimulation()(id, seededRandom(4))).toEqual(first);
    expect(readOdin(readRawBanks(first))).toMatchObject(id);
  });

  it('is reconstructed as well as the detector it resembles, from both kinds of clusters', () => {
    const simulate = createEventSimulation();
    const random = seededRandom(17);
    const events = Array.from({ length: 40 }, () => simulate(id, random));
    for (const kind of ['retina', 'superpixel'] as const) {
      const { process, summaries } = createPlainReconstruction(geometry, kind);
      events.forEach(process);
      const { clusterValidator, trackValidator, vertexValidator } = summaries;
      const { velo, long, ghosts, tracks } = trackValidator;
      expect(velo.found / velo.total).toBeGreaterThan(0.97);
      expect(long.found / long.total).toBeGreaterThan(0.99);
      expect(ghosts / tracks).toBeLessThan(0.02);
      expect(clusterValidator.matched / clusterValidator.clusters).toBeGreaterThan(0.9);
      expect(vertexValidator.found / vertexValidator.total).toBeGreaterThan(0.9);
    }
  });

  it('has empty events too', () => {
    const simulate = createEventSimulation({ meanVertices: 0, meanNoise: 0 });
    const { process, summaries } = createPlainReconstruction(geometry, 'superpixel');
    process(simulate(id, seededRandom(1)));
    expect(summaries.trackValidator.tracks).toBe(0);
    expect(summaries.clusterValidator.clusters).toBe(0);
  });
});
