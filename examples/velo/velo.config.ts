import { defineProcess, EdmeshError, MdfSource, z } from 'edmesh';
import { ClusterValidator } from './modules/cluster-validator.ts';
import { clusterKinds, VeloClusterProducer } from './modules/clusters.ts';
import { VeloFitProducer } from './modules/fitted-tracks.ts';
import { VeloGeometryProducer } from './modules/geometry.ts';
import { VeloHistogramAnalyzer } from './modules/histograms.ts';
import { HitOwnerProducer } from './modules/hit-owners.ts';
import { VeloHitProducer } from './modules/hits.ts';
import { McTruthProducer } from './modules/mc-truth.ts';
import { RawBankProducer } from './modules/raw-banks.ts';
import { TrackValidator } from './modules/track-validator.ts';
import { VeloTrackProducer } from './modules/tracks.ts';
import { VertexValidator } from './modules/vertex-validator.ts';
import { PrimaryVertexProducer } from './modules/vertices.ts';
import { VeloSimulation } from './simulation-source.ts';

const parameters = z.strictObject({
  input: z.string().default('').describe('MDF file of raw events; without: simulated events'),
  geometry: z.string().default('').describe('binary geometry dump; needed with an input file'),
  clustering: z
    .enum(clusterKinds)
    .default('superpixel')
    .describe('clusters: our own of the superpixels, or those of the readout board'),
  events: z
    .int()
    .min(-1)
    .default(-1)
    .describe('events to read or to simulate; -1: the whole file, or 500 simulated ones'),
  preload: z.boolean().default(true).describe('read the input file before the first event'),
  validation: z.boolean().default(true).describe('compare with the truth that the events carry'),
  skipCorrupt: z.boolean().default(false).describe('go on after events that cannot be decoded'),
});

/** Raw events of a file, or simulated ones. A file needs the geometry that it was taken with. */
function sourceOf({ input, geometry, events, preload }: z.output<typeof parameters>) {
  if (input === '') return VeloSimulation({ events: events === -1 ? 500 : events });
  if (geometry === '') {
    throw new EdmeshError(
      'EDMESH_PARAMETER',
      `parameters of process VELO: geometry: events of ${input} need their geometry; give -p geometry=FILE`,
      { fields: { parameter: 'geometry', input } },
    );
  }
  return MdfSource({ file: input, preload, events });
}

export default defineProcess({
  name: 'VELO',
  description:
    'Tracks and primary vertices in the pixel detector of LHCb, from raw data or a simulation.',
  parameters,
  configure(given) {
    const { geometry, clustering, validation, skipCorrupt } = given;
    const validators = {
      mcParticles: McTruthProducer(),
      hitOwners: HitOwnerProducer(),
      clusterValidator: ClusterValidator(),
      trackValidator: TrackValidator(),
      vertexValidator: VertexValidator(),
    };
    return {
      source: sourceOf(given),
      eventSetup: { geometry: VeloGeometryProducer({ file: geometry }) },
      modules: {
        banks: RawBankProducer(),
        clusters: VeloClusterProducer({ clustering }),
        hits: VeloHitProducer(),
        tracks: VeloTrackProducer(),
        fittedTracks: VeloFitProducer(),
        vertices: PrimaryVertexProducer(),
        histograms: VeloHistogramAnalyzer(),
        ...(validation ? validators : {}),
      },
      tasks: validation ? { truth: ['mcParticles', 'hitOwners'] } : {},
      paths: {
        reconstruction: ['banks', 'clusters', 'hits', 'tracks', 'fittedTracks', 'vertices'],
      },
      endPaths: {
        monitoring: ['histograms'],
        ...(validation
          ? { validation: ['clusterValidator', 'trackValidator', 'vertexValidator'] }
          : {}),
      },
      options: { tryToContinue: skipCorrupt ? ['EventCorruption'] : [] },
    };
  },
});
