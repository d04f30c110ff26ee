import { createHistogram, fillHistogram } from 'edmesh';
import type { FittedTracks } from './algorithms/track-fit.ts';
import type { Tracks } from './algorithms/tracks.ts';
import type { McVertices } from './algorithms/mc-vertex-bank.ts';
import type { Vertices } from './algorithms/vertex-finding.ts';
import { matchVertices } from './algorithms/vertex-matching.ts';

/** What the histograms show of one event. */
export interface HistogrammedEvent {
  readonly hits: number;
  readonly tracks: Tracks;
  readonly fitted: FittedTracks;
  readonly vertices: Vertices;
  /** `undefined` where the input has none. */
  readonly truth: McVertices | undefined;
}

/** Makes empty histograms of reconstructed events. */
export function createVeloHistograms() {
  const axis = (bins: number, low: number, high: number, unit = '') => ({ bins, low, high, unit });
  return {
    hits: createHistogram('hits of an event', axis(60, 0, 6000)),
    tracks: createHistogram('tracks of an event', axis(60, 0, 600)),
    trackHits: createHistogram('hits of a track', axis(30, 0, 30)),
    eta: createHistogram('pseudorapidity of tracks', axis(48, -6, 6)),
    phi: createHistogram('azimuth of tracks', axis(36, -Math.PI, Math.PI, 'rad')),
    vertices: createHistogram('primary vertices of an event', axis(20, 0, 20)),
    vertexZ: createHistogram('z of primary vertices', axis(60, -300, 300, 'mm')),
    vertexTracks: createHistogram('tracks of a primary vertex', axis(50, 0, 100)),
    vertexMissZ: createHistogram('z of a vertex, found minus true', axis(50, -0.5, 0.5, 'mm')),
  };
}

/** The histograms that {@link createVeloHistograms} makes. */
export type VeloHistograms = ReturnType<typeof createVeloHistograms>;

/** Adds an event. */
export function fillVeloHistograms(histograms: VeloHistograms, event: HistogrammedEvent): void {
  const { tracks, fitted, vertices, truth } = event;
  fillHistogram(histograms.hits, event.hits);
  fillHistogram(histograms.tracks, tracks.size);
  for (let track = 0; track < tracks.size; track++) {
    const hits = (tracks.hitStart[track + 1] ?? 0) - (tracks.hitStart[track] ?? 0);
    fillHistogram(histograms.trackHits, hits);
  }
  for (let track = 0; track < fitted.size; track++) {
    // Slopes are per z: a particle that flies to lower z goes against them.
    const way = fitted.backward[track] === 1 ? -1 : 1;
    const tx = fitted.tx[track] ?? 0;
    const ty = fitted.ty[track] ?? 0;
    fillHistogram(histograms.eta, way * Math.asinh(1 / Math.sqrt(tx * tx + ty * ty)));
    fillHistogram(histograms.phi, Math.atan2(way * ty, way * tx));
  }
  fillHistogram(histograms.vertices, vertices.size);
  for (let vertex = 0; vertex < vertices.size; vertex++) {
    fillHistogram(histograms.vertexZ, vertices.z[vertex] ?? 0);
    fillHistogram(histograms.vertexTracks, vertices.tracks[vertex] ?? 0);
  }
  if (truth === undefined) return;
  matchVertices(vertices, truth, (vertex, trueVertex) => {
    const miss = (vertices.z[vertex] ?? 0) - (truth.z[trueVertex] ?? 0);
    fillHistogram(histograms.vertexMissZ, miss);
  });
}
