/** Modules of the flagship, each alone: products in, products out. */
import { describe, expect, it } from 'vitest';
import { EdmeshError, RawEvent } from '../../../index.ts';
import { given, testModule } from '../../../actors/testing/index.ts';
import { channelId } from '../../../examples/velo/algorithms/channel-id.ts';
import { simulatedGeometry } from '../../../examples/velo/algorithms/simulated-geometry.ts';
import { ClusterValidator } from '../../../examples/velo/modules/cluster-validator.ts';
import { VeloClusterProducer } from '../../../examples/velo/modules/clusters.ts';
import { VeloFitProducer } from '../../../examples/velo/modules/fitted-tracks.ts';
import { VeloHistogramAnalyzer } from '../../../examples/velo/modules/histograms.ts';
import { HitOwnerProducer } from '../../../examples/velo/modules/hit-owners.ts';
import { VeloHitProducer } from '../../../examples/velo/modules/hits.ts';
import { VeloPointProducer } from '../../../examples/velo/modules/json-hits.ts';
import { RawBankProducer } from '../../../examples/velo/modules/raw-banks.ts';
import { VeloTrackProducer } from '../../../examples/velo/modules/tracks.ts';
import { VertexValidator } from '../../../examples/velo/modules/vertex-validator.ts';
import { PrimaryVertexProducer } from '../../../examples/velo/modules/vertices.ts';
import * as types from '../../../examples/velo/products.ts';
import { allocator, rawEventOf } from './products.ts';
import { simulatedMdf } from './simulated-events.ts';

const raw = rawEventOf(simulatedMdf(1).bytes);

/** Ten hits along a line from the origin, one a module. */
function hitsOnLine() {
  const hits = allocator.allocate(types.VeloHits, 10);
  const offsets = allocator.allocate(types.VeloModuleOffsets, 53);
  for (let module = 20; module < 30; module++) {
    const z = 25 * (module - 19);
    [hits.x[module - 20], hits.y[module - 20], hits.z[module - 20]] = [0.1 * z, 0.05 * z, z];
    hits.id[module - 20] = module;
  }
  offsets.start.forEach((_, module) => {
    offsets.start[module] = Math.min(10, Math.max(0, module - 20));
  });
  return [given('hits', types.VeloHits, hits), given('hits', types.VeloModuleOffsets, offsets)];
}

describe('from raw bytes to hits', () => {
  it('banks are listed and clusters decoded, of either kind', async () => {
    const banks = await testModule(RawBankProducer(), { label: 'banks' }).process({
      products: [given('source', RawEvent, raw)],
    });
    const table = banks.product(types.RawBankTable);
    expect(table.size).toBeGreaterThan(400);
    const products = [given('source', RawEvent, raw), given('banks', types.RawBankTable, table)];
    const [own, board] = await Promise.all(
      (['superpixel', 'retina'] as const).map(async (clustering) => {
        const outcome = await testModule(VeloClusterProducer({ clustering })).process({ products });
        expect(outcome.state).toBe('done');
        return outcome.product(types.VeloClusters);
      }),
    );
    expect(own?.size).toBeGreaterThan(100);
    expect(board?.channelIds).toEqual(own?.channelIds);
  });

  it('what is no raw event fails, and the module goes on with the next', async () => {
    const module = testModule(RawBankProducer());
    const broken = await module.process({
      products: [given('source', RawEvent, rawEventOf(new Uint8Array(100)))],
    });
    expect(broken.state).toBe('failed');
    expect(broken.error).toBeInstanceOf(EdmeshError);
    expect(broken.error).toMatchObject({ category: 'EventCorruption' });
    const next = await module.process({ products: [given('source', RawEvent, raw)] });
    expect(next.state).toBe('done');
  });

  it('clusters are placed where the geometry says, and keep their id', async () => {
    const geometry = simulatedGeometry();
    const clusters = allocator.allocate(types.VeloClusters, 1);
    clusters.channelIds[0] = channelId(41, 300, 7, 2, 0);
    clusters.columnFractions[0] = 0.5;
    const outcome = await testModule(VeloHitProducer(), {
      setup: [given('geometry', types.VeloGeometry, geometry)],
    }).process({ products: [given('clusters', types.VeloClusters, clusters)] });
    const hits = outcome.product(types.VeloHits);
    expect(hits.z[0]).toBeCloseTo(geometry.transforms[41 * 12 + 11] ?? NaN, 3);
    expect(hits.id[0]).toBe(clusters.channelIds[0]);
    const { start } = outcome.product(types.VeloModuleOffsets);
    expect([...start.subarray(9, 12)]).toEqual([0, 0, 1]);
  });

  it('points of JSON files are hits already', async () => {
    const points = allocator.allocate(types.VeloPoints, 3);
    points.module.set([0, 2, 2]);
    points.z.set([1, 2, 3]);
    const outcome = await testModule(VeloPointProducer()).process({
      products: [given('source', types.VeloPoints, points)],
    });
    expect([...outcome.product(types.VeloHits).id]).toEqual([0, 1, 2]);
    expect([...outcome.product(types.VeloModuleOffsets).start.subarray(0, 4)]).toEqual([
      0, 1, 1, 3,
    ]);
  });
});

describe('from hits to vertices', () => {
  it('a line of hits is a track, which is fitted where it passes the beam', async () => {
    const found = await testModule(VeloTrackProducer()).process({ products: hitsOnLine() });
    const tracks = found.product(types.VeloTracks);
    expect([...tracks.hitStart]).toEqual([0, 10]);
    const fit = await testModule(VeloFitProducer()).process({
      products: [
        ...hitsOnLine(),
        given('tracks', types.VeloTracks, tracks),
        given('tracks', types.VeloTrackHits, found.product(types.VeloTrackHits)),
      ],
    });
    const fitted = fit.product(types.VeloFittedTracks);
    expect(fitted.tx[0]).toBeCloseTo(0.1, 4);
    expect(fitted.ty[0]).toBeCloseTo(0.05, 4);
    expect(Math.abs(fitted.z[0] ?? NaN)).toBeLessThan(0.01);
  });

  it('no hits make no tracks and no vertices', async () => {
    const found = await testModule(VeloTrackProducer()).process({
      products: [
        given('hits', types.VeloHits, allocator.allocate(types.VeloHits, 0)),
        given('hits', types.VeloModuleOffsets, allocator.allocate(types.VeloModuleOffsets, 53)),
      ],
    });
    expect([...found.product(types.VeloTracks).hitStart]).toEqual([0]);
    const fitted = allocator.allocate(types.VeloFittedTracks, 0);
    const vertices = await testModule(PrimaryVertexProducer()).process({
      products: [given('fittedTracks', types.VeloFittedTracks, fitted)],
    });
    expect(vertices.product(types.PrimaryVertices).size).toBe(0);
  });
});

describe('validation', () => {
  it('counts the clusters that true particles own', async () => {
    const particles = allocator.allocate(types.McParticles, 2);
    const offsets = allocator.allocate(types.McParticleOffsets, 3);
    offsets.start.set([0, 2, 3]);
    const ids = allocator.allocate(types.McParticleHits, 3);
    ids.id.set([20, 21, 99]);
    const owners = await testModule(HitOwnerProducer()).process({
      products: [
        ...hitsOnLine(),
        given('mcParticles', types.McParticles, particles),
        given('mcParticles', types.McParticleOffsets, offsets),
        given('mcParticles', types.McParticleHits, ids),
      ],
    });
    const validator = testModule(ClusterValidator());
    await validator.process({
      products: [
        given('hitOwners', types.McHitOwners, owners.product(types.McHitOwners)),
        given('hitOwners', types.McHitLinks, owners.product(types.McHitLinks)),
      ],
    });
    expect(validator.instance.endJob?.()).toEqual({ clusters: 10, matched: 2 });
  });

  it('of vertices compares with the truth, and with nothing where there is none', async () => {
    const vertices = allocator.allocate(types.PrimaryVertices, 2);
    vertices.z.set([10, 50]);
    const truth = allocator.allocate(types.McVertices, 1);
    truth.tracks[0] = 20;
    truth.z[0] = 10.2;
    const validator = testModule(VertexValidator());
    const found = given('vertices', types.PrimaryVertices, vertices);
    await validator.process({ products: [found] });
    expect(validator.instance.endJob?.()).toEqual({ found: 0, total: 0, extra: 0 });
    await validator.process({ products: [found, given('mcParticles', types.McVertices, truth)] });
    expect(validator.instance.endJob?.()).toEqual({ found: 1, total: 1, extra: 1 });
  });

  it('refuses parameters that it does not know', () => {
    const wrong: object = { vertexes: 'vertices' };
    expect(() => testModule(VertexValidator(wrong))).toThrow(/vertexes/);
    expect(() => testModule(VeloHistogramAnalyzer())).not.toThrow();
  });
});
