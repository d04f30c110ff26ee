import { defineProcess, MPIReceiver, MPISender, MPISource } from 'edmesh';
import { VeloFitProducer } from './modules/fitted-tracks.ts';
import { VeloTrackProducer } from './modules/tracks.ts';
import { PrimaryVertexProducer } from './modules/vertices.ts';
import { VeloHits, VeloModuleOffsets } from './products.ts';

export default defineProcess({
  name: 'REMOTE',
  description: 'Finds the tracks and vertices of local.config.ts in another process.',
  source: MPISource({ controller: 'LOCAL' }),
  modules: {
    hits: MPIReceiver({
      instance: 1,
      products: [{ type: VeloHits }, { type: VeloModuleOffsets }],
    }),
    tracks: VeloTrackProducer(),
    fittedTracks: VeloFitProducer(),
    vertices: PrimaryVertexProducer(),
    sendTracks: MPISender({ instance: 2, products: ['tracks'] }),
    sendFitted: MPISender({ instance: 3, products: ['fittedTracks'] }),
    sendVertices: MPISender({ instance: 4, products: ['vertices'] }),
  },
  paths: {
    reconstruction: ['hits', 'tracks', 'fittedTracks', 'vertices'],
  },
  endPaths: { results: ['sendTracks', 'sendFitted', 'sendVertices'] },
});
