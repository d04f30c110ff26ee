import { defineProcess, MPIReceiver, MPISender, MPISource } from 'edmesh';
import { VeloTrackProducer } from '../../examples/velo/modules/tracks.ts';
import { VeloHits, VeloModuleOffsets } from '../../examples/velo/products.ts';

/** Finds the tracks of `json-local.config.ts`. */
export default defineProcess({
  name: 'TRACKS',
  description: 'Finds tracks for another process.',
  source: MPISource({ controller: 'JSONLOCAL' }),
  modules: {
    hits: MPIReceiver({ instance: 1, products: [{ type: VeloHits }, { type: VeloModuleOffsets }] }),
    tracks: VeloTrackProducer(),
    sendTracks: MPISender({ instance: 2, products: ['tracks'] }),
  },
  paths: { path: ['hits', 'tracks', 'sendTracks'] },
});
