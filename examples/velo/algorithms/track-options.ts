/** How one pass over the hits that no earlier pass used seeds its tracks. */
export interface SeedingPass {
  /** Largest turn in azimuth between the first two hits of a seed, rad, where it is not due to `impact`. */
  readonly turn: number;
  /** Added to `turn` after division by the radius of the middle hit, mm: how far from the beam line tracks may pass. */
  readonly impact: number;
  /** How far the third hit may be from the line through the other two, mm, at no distance in z. */
  readonly distance: number;
  /** What is added to `distance` for every mm in z between the second and the third hit. */
  readonly angle: number;
  /** Layers from the middle hit of a seed up to the first (0: the other half of the same layer) and down to the third. */
  readonly steps: readonly (readonly [up: number, down: number])[];
}

/** What track finding can be tuned with. */
export interface TrackFindingOptions {
  /** Run one after the other; each takes the hits that the earlier ones left. */
  readonly passes: readonly SeedingPass[];
  /** Largest distance of a hit from the line through the last two, mm, at no distance in z. */
  readonly distance: number;
  /** What is added to `distance` for every mm in z from the last hit: room for multiple scattering. */
  readonly angle: number;
  /** Layers in a row that a track may miss. */
  readonly missingLayers: number;
  /** Largest dr/dz between the first two hits of a seed. */
  readonly maxSlope: number;
  /** As `distance`, of the third hit of tracks that have no more than three. */
  readonly weakDistance: number;
  /** As `angle`, of the third hit of tracks that have no more than three. */
  readonly weakAngle: number;
}

/** Tuned on minimum-bias events of the LHCb upgrade; the first pass finds what comes from the beam line, the second the rest. */
export const trackFindingDefaults: TrackFindingOptions = {
  passes: [
    { turn: 0.02, impact: 0.2, distance: 0.1, angle: 0.004, steps: [[1, 1]] },
    {
      turn: 0.3,
      impact: 2,
      distance: 0.1,
      angle: 0.004,
      steps: [
        [1, 1],
        [2, 1],
        [1, 2],
        [0, 1],
      ],
    },
  ],
  distance: 0.15,
  angle: 0.0025,
  missingLayers: 1,
  maxSlope: 1.2,
  weakDistance: 0.1,
  weakAngle: 0.004,
};
