/** Where simulation takes its random numbers from. */
export interface RandomNumbers {
  /** Uniform from 0 up to 1. */
  uniform(): number;
  /** Normal with mean 0 and standard deviation 1. */
  gaussian(): number;
}

/** What the collisions of simulated events look like. Lengths in mm, momenta in MeV. */
export interface CollisionOptions {
  /** Mean number of primary vertices of an event. */
  readonly meanVertices: number;
  /** Spread of the vertices along and across the beam. */
  readonly vertexSigmaZ: number;
  readonly beamSigma: number;
  /** Charged particles of a vertex: at least so many, and a mean above that with an exponential tail. */
  readonly minParticles: number;
  readonly meanFurtherParticles: number;
  /** Pseudorapidity is uniform between these. */
  readonly etaMin: number;
  readonly etaMax: number;
  /** Transverse momenta: at least so much, and a mean above that with an exponential tail. */
  readonly minPt: number;
  readonly meanFurtherPt: number;
  /** Fraction of particles that come from a decay away from the vertex, and the mean flight to it. */
  readonly displacedFraction: number;
  readonly meanFlight: number;
}

export const collisionDefaults: CollisionOptions = {
  meanVertices: 5.5,
  vertexSigmaZ: 60,
  beamSigma: 0.04,
  minParticles: 4,
  meanFurtherParticles: 46,
  etaMin: -4.5,
  etaMax: 5,
  minPt: 80,
  meanFurtherPt: 450,
  displacedFraction: 0.04,
  meanFlight: 12,
};

/** A true primary vertex, mm. */
export interface SimulatedVertex {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A true charged particle where it begins: position in mm, momentum in MeV. */
export interface SimulatedParticle {
  /** Index of its primary vertex. */
  readonly vertex: number;
  readonly pid: number;
  readonly charge: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly pt: number;
  readonly p: number;
  readonly eta: number;
  /** Radian, -pi to pi. */
  readonly phi: number;
}

/** Draws the vertices and particles of one event. */
export function simulateCollisions(
  options: CollisionOptions,
  random: RandomNumbers,
): { vertices: SimulatedVertex[]; particles: SimulatedParticle[] } {
  const vertices: SimulatedVertex[] = [];
  const particles: SimulatedParticle[] = [];
  const vertexCount = poisson(options.meanVertices, random);
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    const place = {
      x: options.beamSigma * random.gaussian(),
      y: options.beamSigma * random.gaussian(),
      z: options.vertexSigmaZ * random.gaussian(),
    };
    vertices.push(place);
    const further = exponential(options.meanFurtherParticles, random);
    const count = options.minParticles + Math.floor(further);
    for (let index = 0; index < count; index++) {
      particles.push(simulateParticle(options, vertex, place, random));
    }
  }
  return { vertices, particles };
}

function simulateParticle(
  options: CollisionOptions,
  vertex: number,
  place: SimulatedVertex,
  random: RandomNumbers,
): SimulatedParticle {
  const eta = options.etaMin + (options.etaMax - options.etaMin) * random.uniform();
  const phi = Math.PI * (2 * random.uniform() - 1);
  const pt = options.minPt + exponential(options.meanFurtherPt, random);
  const charge = random.uniform() < 0.5 ? -1 : 1;
  const kind = random.uniform();
  const pid = charge * (kind < 0.8 ? 211 : kind < 0.92 ? 321 : 2212);
  let { x, y, z } = place;
  if (random.uniform() < options.displacedFraction) {
    // The decayed particle flew a little beside the direction of this one.
    const flight = exponential(options.meanFlight, random);
    const motherPhi = phi + 0.2 * random.gaussian();
    const motherEta = eta + 0.2 * random.gaussian();
    x += (flight / Math.cosh(motherEta)) * Math.cos(motherPhi);
    y += (flight / Math.cosh(motherEta)) * Math.sin(motherPhi);
    z += flight * Math.tanh(motherEta);
  }
  return { vertex, pid, charge, x, y, z, pt, p: pt * Math.cosh(eta), eta, phi };
}

/** A number of things that happen independently with this mean, at most a few hundred. */
export function poisson(mean: number, random: RandomNumbers): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count++;
  return count;
}

function exponential(mean: number, random: RandomNumbers): number {
  return -mean * Math.log(1 - random.uniform());
}
