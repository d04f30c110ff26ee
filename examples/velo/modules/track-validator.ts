import { defineAnalyzer, z } from 'edmesh';
import {
  addTrackMatching,
  createTrackMatcher,
  noTrackMatching,
} from '../algorithms/track-matching.ts';
import {
  McHitLinks,
  McHitOwners,
  McParticleHits,
  McParticleOffsets,
  McParticles,
  VeloTrackHits,
  VeloTracks,
} from '../products.ts';
import { ownersOf, particlesOf, tracksOf } from '../product-views.ts';

/** Counts tracks, ghosts and clones, and the true particles found of those reconstructible. */
export const TrackValidator = defineAnalyzer({
  type: 'TrackValidator',
  description: 'compares tracks with true particles, by the LHCb convention',
  parameters: z.object({
    tracks: z.string().default('tracks').describe('label of the tracks'),
    owners: z.string().default('hitOwners').describe('label of the true particles of the hits'),
    particles: z.string().default('mcParticles').describe('label of the true particles'),
  }),
  construct(context, parameters) {
    const tracks = context.consumes(VeloTracks, parameters.tracks);
    const trackHits = context.consumes(VeloTrackHits, parameters.tracks);
    const owners = context.consumes(McHitOwners, parameters.owners);
    const links = context.consumes(McHitLinks, parameters.owners);
    const particles = context.consumes(McParticles, parameters.particles);
    const offsets = context.consumes(McParticleOffsets, parameters.particles);
    const particleHits = context.consumes(McParticleHits, parameters.particles);
    const matchTracks = createTrackMatcher();
    const sum = noTrackMatching();
    return {
      analyze(event) {
        const matching = matchTracks(
          tracksOf(event.get(tracks), event.get(trackHits)),
          ownersOf(event.get(owners), event.get(links)),
          particlesOf(event.get(particles), event.get(offsets), event.get(particleHits)),
        );
        addTrackMatching(sum, matching);
      },
      endJob: () => sum,
    };
  },
});
