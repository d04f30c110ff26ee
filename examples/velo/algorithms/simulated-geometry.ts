import { columnCount, moduleCount, rowCount, sensorCount } from './channel-id.ts';
import {
  rowPitch,
  transformLength,
  veloGeometryBytes,
  type VeloGeometry,
} from './velo-geometry.ts';

/** Columns of the simulated sensors are all as wide as rows are high, mm. */
const columnPitch = rowPitch;
/** Extent of a sensor along its rows, mm. */
const sensorHeight = rowCount * rowPitch;
/** Half the side of the square hole for the beam, mm. */
const hole = 5.1;
/** From the even to the odd module of a layer, mm in z. */
const halfStep = 12.5;
/** The sensors of a module are this far before and behind its z, mm. */
const sensorStep = 0.5;
/** Layers 0 to 19 are close to the collisions, the others are farther apart, mm. */
const denseLayers = 20;
const firstZ = -250;
const denseStep = 25;
const sparseStep = 87.5;

/**
 * The geometry of a simple pixel detector: four arms of two sensors each lie around a square hole like a pinwheel, two arms
 * in the odd and two in the even module of a layer. No two sensors of a layer overlap in x and y, and none leaves a gap.
 */
export function simulatedGeometry(): VeloGeometry {
  const moduleZ = new Float32Array(moduleCount);
  const transforms = new Float32Array(sensorCount * transformLength);
  for (let module = 0; module < moduleCount; module++) {
    const layer = module >> 1;
    const z =
      firstZ + denseStep * layer + Math.max(0, layer + 1 - denseLayers) * (sparseStep - denseStep);
    moduleZ[module] = z + (module & 1) * halfStep;
  }
  for (let sensor = 0; sensor < sensorCount; sensor++) {
    const module = sensor >> 2;
    const outer = sensor & 1;
    const quarterTurns = ((sensor >> 1) & 1) + (module & 1 ? 0 : 2);
    const z = (moduleZ[module] ?? 0) + (outer === 0 ? -sensorStep : sensorStep);
    transforms.set(sensorTransform(quarterTurns, outer, z), sensor * transformLength);
  }
  const localX = Float32Array.from(
    { length: columnCount },
    (_, column) => (column + 0.5) * columnPitch,
  );
  return { moduleZ, localX, xPitch: new Float32Array(columnCount).fill(columnPitch), transforms };
}

/** The simulated geometry in the format of `velo_geometry.bin`. */
export function simulatedGeometryBytes(): Uint8Array<ArrayBuffer> {
  return veloGeometryBytes(simulatedGeometry());
}

/** Unturned, rows run along x away from the hole and columns along y; `outer` sensors begin where inner ones end. */
function sensorTransform(quarterTurns: number, outer: number, z: number): readonly number[] {
  let [across, along, shift] = [
    [0, 1],
    [1, 0],
    [hole + outer * sensorHeight, -hole],
  ] as [[number, number], [number, number], [number, number]];
  for (let turn = 0; turn < quarterTurns; turn++) {
    across = [-across[1], across[0]];
    along = [-along[1], along[0]];
    shift = [-shift[1], shift[0]];
  }
  return [across[0], along[0], 0, across[1], along[1], 0, 0, 0, 1, ...shift, z];
}
