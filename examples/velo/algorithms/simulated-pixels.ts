import { columnCount, moduleCount, rowCount } from './channel-id.ts';
import { grownFloat32, grownUint32 } from './growable.ts';
import { simulatedGeometry } from './simulated-geometry.ts';
import { poisson, type RandomNumbers, type SimulatedParticle } from './simulated-particles.ts';
import { rowPitch, transformLength } from './velo-geometry.ts';

/** What the sensors of simulated events do. */
export interface SensorOptions {
  /** Chance that a sensor sees a particle that crosses it. */
  readonly efficiency: number;
  /** Mean number of pixels that fire by themselves in an event. */
  readonly meanNoise: number;
  /** Thickness of a module in radiation lengths; 0 turns multiple scattering off. */
  readonly radiationLengths: number;
  /** How far the charge spreads to every side on its way out of the sensor, mm. */
  readonly spread: number;
  /** Thickness of the silicon, mm. */
  readonly thickness: number;
}

export const sensorDefaults: SensorOptions = {
  efficiency: 0.99,
  meanNoise: 20,
  radiationLengths: 0.008,
  spread: 0.009,
  thickness: 0.2,
};

/** Charge leaves a particle's path in four portions, at these fractions of it and to these sides. */
const portions = [
  { fraction: -0.375, sideX: 1, sideY: 1 },
  { fraction: -0.125, sideX: -1, sideY: 1 },
  { fraction: 0.125, sideX: 1, sideY: -1 },
  { fraction: 0.375, sideX: -1, sideY: -1 },
] as const;

const { moduleZ, transforms } = simulatedGeometry();

/**
 * Pixels that fired in one event, and where particles crossed sensors. One object serves many events, one after the other.
 */
export class PixelSimulation {
  pixelCount = 0;
  /** Fired pixels, `sensor << 18 | column << 8 | row`; one can come twice. */
  pixels: Uint32Array = new Uint32Array(8192);
  crossingCount = 0;
  /** The sensor and the particle of each crossing that was seen, and where it was, in columns and rows with fractions. */
  crossingSensor: Uint32Array = new Uint32Array(4096);
  crossingParticle: Uint32Array = new Uint32Array(4096);
  crossingColumn: Float32Array = new Float32Array(4096);
  crossingRow: Float32Array = new Float32Array(4096);
  readonly #options: SensorOptions;

  constructor(options: SensorOptions) {
    this.#options = options;
  }

  /** Sends the particles of one event through the detector. */
  run(particles: readonly SimulatedParticle[], random: RandomNumbers): void {
    this.pixelCount = 0;
    this.crossingCount = 0;
    particles.forEach((particle, index) => {
      this.#fly(particle, index, random);
    });
    const noise = poisson(this.#options.meanNoise, random);
    for (let index = 0; index < noise; index++) {
      const sensor = Math.floor(random.uniform() * 4 * moduleCount);
      const column = Math.floor(random.uniform() * columnCount);
      this.#fire(sensor, column, Math.floor(random.uniform() * rowCount));
    }
  }

  #fly(particle: SimulatedParticle, index: number, random: RandomNumbers): void {
    const { efficiency, radiationLengths } = this.#options;
    const forward = particle.eta > 0;
    const perZ = 1 / Math.sinh(particle.eta);
    let slopeX = Math.cos(particle.phi) * perZ;
    let slopeY = Math.sin(particle.phi) * perZ;
    let { x, y, z } = particle;
    for (let step = 0; step < moduleCount; step++) {
      const module = forward ? step : moduleCount - 1 - step;
      const way = (moduleZ[module] ?? 0) - z;
      if (forward ? way < 1 : way > -1) continue;
      x += slopeX * way;
      y += slopeY * way;
      z += way;
      // Beyond the corner of the farthest sensor, and going outward from there.
      if (x * x + y * y > 3600) return;
      const sensor = this.#sensorAt(module, x, y, slopeX, slopeY);
      if (sensor < 0) continue;
      if (random.uniform() < efficiency) this.#cross(sensor, index, slopeX, slopeY);
      if (radiationLengths === 0) continue;
      const steepness = Math.sqrt(1 + slopeX * slopeX + slopeY * slopeY);
      const kick = (13.6 / particle.p) * Math.sqrt(radiationLengths * steepness) * steepness;
      slopeX += kick * random.gaussian();
      slopeY += kick * random.gaussian();
    }
  }

  #localX = 0;
  #localY = 0;

  /** The sensor that a line meets, -1 for none; `#localX` and `#localY` are where, mm. */
  #sensorAt(module: number, x: number, y: number, slopeX: number, slopeY: number): number {
    for (let sensor = 4 * module; sensor < 4 * module + 4; sensor++) {
      const at = sensor * transformLength;
      const step = (transforms[at + 11] ?? 0) - (moduleZ[module] ?? 0);
      const offX = x + slopeX * step - (transforms[at + 9] ?? 0);
      const offY = y + slopeY * step - (transforms[at + 10] ?? 0);
      const localX = (transforms[at] ?? 0) * offX + (transforms[at + 3] ?? 0) * offY;
      const localY = (transforms[at + 1] ?? 0) * offX + (transforms[at + 4] ?? 0) * offY;
      if (localX < 0 || localX >= columnCount * rowPitch) continue;
      if (localY < 0 || localY >= rowCount * rowPitch) continue;
      this.#localX = localX;
      this.#localY = localY;
      return sensor;
    }
    return -1;
  }

  #cross(sensor: number, particle: number, slopeX: number, slopeY: number): void {
    const { spread, thickness } = this.#options;
    const at = sensor * transformLength;
    const alongX =
      ((transforms[at] ?? 0) * slopeX + (transforms[at + 3] ?? 0) * slopeY) * thickness;
    const alongY =
      ((transforms[at + 1] ?? 0) * slopeX + (transforms[at + 4] ?? 0) * slopeY) * thickness;
    for (const { fraction, sideX, sideY } of portions) {
      const column = Math.floor((this.#localX + fraction * alongX + sideX * spread) / rowPitch);
      const row = Math.floor((this.#localY + fraction * alongY + sideY * spread) / rowPitch);
      if (column < 0 || column >= columnCount || row < 0 || row >= rowCount) continue;
      this.#fire(sensor, column, row);
    }
    const crossing = this.crossingCount++;
    if (crossing >= this.crossingRow.length) this.#growCrossings(crossing + 1);
    this.crossingSensor[crossing] = sensor;
    this.crossingParticle[crossing] = particle;
    this.crossingColumn[crossing] = this.#localX / rowPitch - 0.5;
    this.crossingRow[crossing] = this.#localY / rowPitch - 0.5;
  }

  #fire(sensor: number, column: number, row: number): void {
    this.pixels = grownUint32(this.pixels, this.pixelCount + 1);
    this.pixels[this.pixelCount++] = (sensor << 18) | (column << 8) | row;
  }

  #growCrossings(needed: number): void {
    this.crossingSensor = grownUint32(this.crossingSensor, needed);
    this.crossingParticle = grownUint32(this.crossingParticle, needed);
    this.crossingColumn = grownFloat32(this.crossingColumn, needed);
    this.crossingRow = grownFloat32(this.crossingRow, needed);
  }
}
