import { grownUint32 } from '../../../examples/velo/algorithms/growable.ts';
import type { McParticles } from '../../../examples/velo/algorithms/mc-particles.ts';

/** One true particle; the fields are the columns of {@link McParticles}. */
export interface McParticle {
  readonly key: number;
  readonly pid: number;
  readonly p: number;
  readonly pt: number;
  readonly eta: number;
  readonly phi: number;
  readonly originZ: number;
  readonly charge: number;
  readonly isLong: boolean;
  readonly hasVelo: boolean;
}

/** Gathers particles of which the number is not known beforehand. */
export class ParticleBuilder {
  readonly #particles: McParticle[] = [];
  #hitStart: Uint32Array = new Uint32Array(64);
  #hitIds: Uint32Array = new Uint32Array(1024);

  /** Adds a particle with the first `hitCount` of `hitIds`, which are copied. */
  push(particle: McParticle, hitIds: ArrayLike<number>, hitCount: number): void {
    this.#particles.push(particle);
    const count = this.#particles.length;
    const start = this.#hitStart[count - 1] ?? 0;
    this.#hitStart = grownUint32(this.#hitStart, count + 1);
    this.#hitIds = grownUint32(this.#hitIds, start + hitCount);
    for (let index = 0; index < hitCount; index++) {
      this.#hitIds[start + index] = hitIds[index] ?? 0;
    }
    this.#hitStart[count] = start + hitCount;
  }

  /** The particles gathered. */
  finish(): McParticles {
    const particles = this.#particles;
    const floats = (of: (particle: McParticle) => number): Float32Array =>
      Float32Array.from(particles, of);
    const flags = (of: (particle: McParticle) => boolean): Uint8Array =>
      Uint8Array.from(particles, (particle) => (of(particle) ? 1 : 0));
    const count = particles.length;
    return {
      size: count,
      key: Uint32Array.from(particles, (particle) => particle.key),
      pid: Int32Array.from(particles, (particle) => particle.pid),
      p: floats((particle) => particle.p),
      pt: floats((particle) => particle.pt),
      eta: floats((particle) => particle.eta),
      phi: floats((particle) => particle.phi),
      originZ: floats((particle) => particle.originZ),
      charge: floats((particle) => particle.charge),
      isLong: flags((particle) => particle.isLong),
      hasVelo: flags((particle) => particle.hasVelo),
      hitStart: this.#hitStart.slice(0, count + 1),
      hitIds: this.#hitIds.slice(0, this.#hitStart[count] ?? 0),
    };
  }
}
