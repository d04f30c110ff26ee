import { defineProcess } from 'edmesh';
import { VeloClusterProducer } from './modules/clusters.ts';
import { VeloFitProducer } from './modules/fitted-tracks.ts';
import { VeloGeometryProducer } from './modules/geometry.ts';
import { VeloHitProducer } from './modules/hits.ts';
import { RawBankProducer } from './modules/raw-banks.ts';
import { TrackCountFilter } from './modules/track-count-filter.ts';
import { VeloTrackProducer } from './modules/tracks.ts';
import { PrimaryVertexProducer } from './modules/vertices.ts';
import { veloOptions, veloParameters, veloSource } from './velo-input.ts';
import { veloMonitoring } from './velo-monitoring.ts';

export default defineProcess({
  name: 'VELO',
  description:
    'Tracks and primary vertices in the pixel detector of LHCb, from raw data or a simulation.',
  parameters: veloParameters,
  configure(given) {
    const { geometry, clustering, validation, minTracks } = given;
    const selection = minTracks > 0 ? ['selection'] : [];
    const { modules, tasks, paths, endPaths } = veloMonitoring({ validation, selection });
    return {
      source: veloSource(given),
      eventSetup: { geometry: VeloGeometryProducer({ file: geometry }) },
      modules: {
        banks: RawBankProducer(),
        clusters: VeloClusterProducer({ clustering }),
        hits: VeloHitProducer(),
        tracks: VeloTrackProducer(),
        ...(minTracks > 0 ? { selection: TrackCountFilter({ minimum: minTracks }) } : {}),
        fittedTracks: VeloFitProducer(),
        vertices: PrimaryVertexProducer(),
        ...modules,
      },
      tasks,
      paths: {
        reconstruction: [
          ...['banks', 'clusters', 'hits', 'tracks', ...selection, 'fittedTracks', 'vertices'],
        ],
        ...paths,
      },
      endPaths,
      options: veloOptions(given),
    };
  },
});
