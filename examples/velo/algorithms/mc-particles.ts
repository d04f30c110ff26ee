/** True particles of one event; every column has `size` values. */
export interface McParticles {
  readonly size: number;
  readonly key: Uint32Array;
  /** PDG code. */
  readonly pid: Int32Array;
  /** Momentum and its transverse part, MeV. */
  readonly p: Float32Array;
  readonly pt: Float32Array;
  readonly eta: Float32Array;
  /** Radian. */
  readonly phi: Float32Array;
  /** z of the origin vertex, mm. */
  readonly originZ: Float32Array;
  /** In units of the positron's. */
  readonly charge: Float32Array;
  /** 1 where the particle is reconstructible in the VELO and beyond the magnet. */
  readonly isLong: Uint8Array;
  /** 1 where the particle is reconstructible in the VELO. */
  readonly hasVelo: Uint8Array;
  /** VELO hits of particle i are `hitIds[hitStart[i]]` up to and without `hitIds[hitStart[i + 1]]`; size + 1 values. */
  readonly hitStart: Uint32Array;
  /** What names a hit: the low 28 bits of its channel id, or its index where the input has no channel ids. */
  readonly hitIds: Uint32Array;
}

/** Empty columns for so many particles with so many hits in all. */
export function allocateParticles(size: number, hits: number): McParticles {
  return {
    size,
    key: new Uint32Array(size),
    pid: new Int32Array(size),
    p: new Float32Array(size),
    pt: new Float32Array(size),
    eta: new Float32Array(size),
    phi: new Float32Array(size),
    originZ: new Float32Array(size),
    charge: new Float32Array(size),
    isLong: new Uint8Array(size),
    hasVelo: new Uint8Array(size),
    hitStart: new Uint32Array(size + 1),
    hitIds: new Uint32Array(hits),
  };
}
