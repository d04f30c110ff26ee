import type { FittedTracks } from './track-fit.ts';
import type { VertexFindingOptions } from './vertex-options.ts';

/**
 * Makes a search for the places on the beam line where many tracks begin: the density of tracks along z, each smeared by
 * its error, is put in bins; a peak counts where it holds enough tracks and is parted from the next by a deep enough dip.
 *
 * @returns a function from tracks to the z (mm) of the seeds, rising; its result is valid until the next call
 */
export function createVertexSeeding(
  options: VertexFindingOptions,
): (tracks: FittedTracks, selected: Uint8Array) => readonly number[] {
  const { zMin, zMax, binWidth, minSeedTracks, dipFraction } = options;
  const bins = Math.ceil((zMax - zMin) / binWidth);
  const density = new Float64Array(bins);
  const seeds: number[] = [];

  function fill(tracks: FittedTracks, selected: Uint8Array): void {
    density.fill(0);
    for (let track = 0; track < tracks.size; track++) {
      if (selected[track] !== 1) continue;
      const tx = tracks.tx[track] ?? 0;
      const ty = tracks.ty[track] ?? 0;
      const z = tracks.z[track] ?? 0;
      const variance = (tracks.variance[track] ?? 0) / (tx * tx + ty * ty);
      const sigma = Math.max(Math.sqrt(variance), binWidth / 2);
      const first = Math.max(0, Math.floor((z - 3 * sigma - zMin) / binWidth));
      const last = Math.min(bins - 1, Math.floor((z + 3 * sigma - zMin) / binWidth));
      const scale = binWidth / (sigma * Math.sqrt(2 * Math.PI));
      for (let bin = first; bin <= last; bin++) {
        const pull = (zMin + (bin + 0.5) * binWidth - z) / sigma;
        density[bin] = (density[bin] ?? 0) + scale * Math.exp(-0.5 * pull * pull);
      }
    }
  }

  return (tracks, selected) => {
    fill(tracks, selected);
    seeds.length = 0;
    let peak = 0;
    let peakBin = 0;
    let dip = 0;
    let content = 0;
    const close = (): void => {
      if (content >= minSeedTracks) seeds.push(zMin + (peakBin + 0.5) * binWidth);
    };
    for (let bin = 0; bin < bins; bin++) {
      const here = density[bin] ?? 0;
      if (here > peak) {
        peak = here;
        peakBin = bin;
        dip = here;
      }
      dip = Math.min(dip, here);
      const risesAgain = dip < dipFraction * peak && dip < dipFraction * here;
      if (risesAgain || here < 1e-3) {
        close();
        peak = here;
        peakBin = bin;
        dip = here;
        content = 0;
      }
      content += here;
    }
    close();
    return seeds;
  };
}
