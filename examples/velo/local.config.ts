import {
  defineProcess,
  MPIController,
  MPIReceiver,
  MPISender,
  PathStateRelease,
  PathStateToken,
} from 'edmesh';
import { VeloClusterProducer } from './modules/clusters.ts';
import { VeloGeometryProducer } from './modules/geometry.ts';
import { VeloHitProducer } from './modules/hits.ts';
import { RawBankProducer } from './modules/raw-banks.ts';
import { PrimaryVertices, VeloFittedTracks, VeloTrackHits, VeloTracks } from './products.ts';
import { veloOptions, veloParameters, veloSource } from './velo-input.ts';
import { veloMonitoring } from './velo-monitoring.ts';

/** Each receiver has the label of the module that makes the product in the other process. */
const received = {
  tracks: MPIReceiver({
    upstream: 'controller',
    instance: 2,
    products: [{ type: VeloTracks }, { type: VeloTrackHits }],
  }),
  fittedTracks: MPIReceiver({
    upstream: 'controller',
    instance: 3,
    products: [{ type: VeloFittedTracks }],
  }),
  vertices: MPIReceiver({
    upstream: 'controller',
    instance: 4,
    products: [{ type: PrimaryVertices }],
  }),
};

/** Whether the other process has selected the event: there the path comes to `selected`, or it does not. */
const decision = {
  selected: MPIReceiver({
    upstream: 'controller',
    instance: 5,
    products: [{ type: PathStateToken }],
  }),
  selection: PathStateRelease({ state: 'selected' }),
};

export default defineProcess({
  name: 'LOCAL',
  description: 'The VELO job without its track finding, which remote.config.ts does.',
  parameters: veloParameters,
  configure(given) {
    const { geometry, clustering, validation, minTracks } = given;
    const selection = minTracks > 0 ? ['selection'] : [];
    const { modules, tasks, paths, endPaths } = veloMonitoring({ validation, selection });
    return {
      source: veloSource(given),
      eventSetup: { geometry: VeloGeometryProducer({ file: geometry }) },
      modules: {
        controller: MPIController({ followers: ['REMOTE'] }),
        banks: RawBankProducer(),
        clusters: VeloClusterProducer({ clustering }),
        hits: VeloHitProducer(),
        sendHits: MPISender({ upstream: 'controller', instance: 1, products: ['hits'] }),
        ...received,
        ...(minTracks > 0 ? decision : {}),
        ...modules,
      },
      tasks,
      paths: {
        offload: ['banks', 'clusters', 'hits', 'controller', 'sendHits'],
        reconstruction: ['tracks', ...selection, 'fittedTracks', 'vertices'],
        ...paths,
      },
      endPaths,
      options: veloOptions(given),
    };
  },
});
