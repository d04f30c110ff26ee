/** Tracks of one event as lists of hits. Columns may be longer than the tracks. */
export interface Tracks {
  readonly size: number;
  /** Hits of track t are `hitIndices[hitStart[t]]` up to and without `hitIndices[hitStart[t + 1]]`. */
  readonly hitStart: Uint32Array;
  /** Indices of hits, from high to low modules within a track. */
  readonly hitIndices: Uint32Array;
}
