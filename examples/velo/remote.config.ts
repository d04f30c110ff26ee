import { defineProcess, MPIReceiver, MPISender, MPISource, PathStateCapture, z } from 'edmesh';
import { VeloFitProducer } from './modules/fitted-tracks.ts';
import { TrackCountFilter } from './modules/track-count-filter.ts';
import { VeloTrackProducer } from './modules/tracks.ts';
import { PrimaryVertexProducer } from './modules/vertices.ts';
import { VeloHits, VeloModuleOffsets } from './products.ts';
import { minTracks } from './velo-input.ts';

export default defineProcess({
  name: 'REMOTE',
  description: 'Finds the tracks and vertices of local.config.ts in another process.',
  parameters: z.strictObject({ minTracks }),
  configure({ minTracks: minimum }) {
    const [selection, activity] = minimum > 0 ? [['selection', 'selected'], 'selected'] : [[], ''];
    const filter = {
      selection: TrackCountFilter({ minimum }),
      selected: PathStateCapture(),
      sendSelected: MPISender({ instance: 5, products: ['selected'], activity }),
    };
    return {
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
        // What is not selected is not sent.
        sendFitted: MPISender({ instance: 3, products: ['fittedTracks'], activity }),
        sendVertices: MPISender({ instance: 4, products: ['vertices'], activity }),
        ...(minimum > 0 ? filter : {}),
      },
      paths: {
        reconstruction: ['hits', 'tracks', ...selection, 'fittedTracks', 'vertices'],
      },
      endPaths: {
        results: [
          ...['sendTracks', 'sendFitted', 'sendVertices'],
          ...(minimum > 0 ? ['sendSelected'] : []),
        ],
      },
    };
  },
});
