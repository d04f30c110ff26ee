import { describe, expect, it } from 'vitest';
import { EdmeshError } from '../../../edm/errors.ts';
import { ClusterBuffer } from '../../../examples/velo/algorithms/clusters.ts';
import { allocateHits, placeClusters } from '../../../examples/velo/algorithms/hits.ts';
import {
  simulatedGeometry,
  simulatedGeometryBytes,
} from '../../../examples/velo/algorithms/simulated-geometry.ts';
import {
  parseVeloGeometry,
  veloGeometryBytes,
} from '../../../examples/velo/algorithms/velo-geometry.ts';

describe('the VELO geometry', () => {
  it('is read as it was written', () => {
    const bytes = simulatedGeometryBytes();
    const geometry = parseVeloGeometry(bytes);
    expect(geometry).toEqual(simulatedGeometry());
    expect(veloGeometryBytes(geometry)).toEqual(bytes);
  });

  it('is read from bytes that are not aligned', () => {
    const bytes = simulatedGeometryBytes();
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(parseVeloGeometry(shifted.subarray(3))).toEqual(simulatedGeometry());
  });

  it('is refused at every length but its own', () => {
    const bytes = simulatedGeometryBytes();
    for (let length = 0; length < bytes.length; length += 97) {
      expect(() => parseVeloGeometry(bytes.subarray(0, length))).toThrow(EdmeshError);
    }
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(() => parseVeloGeometry(longer)).toThrow(/after the last value/);
  });

  it('is refused with the offset and the field that is wrong', () => {
    const bytes = simulatedGeometryBytes();
    bytes[216] = 7;
    expect(() => parseVeloGeometry(bytes, 'geo.bin')).toThrow(/geo\.bin, byte 216, local x/);
    const infinite = simulatedGeometryBytes();
    new DataView(infinite.buffer).setFloat32(8, Infinity, true);
    expect(() => parseVeloGeometry(infinite)).toThrow(/byte 8, module z: value 0 is not finite/);
  });
});

describe('placing clusters', () => {
  it('turns pixel and fractions into a place and orders hits by module', () => {
    const geometry = simulatedGeometry();
    const clusters = new ClusterBuffer();
    clusters.push(4, 10, 20, 0.5, 0.25);
    clusters.push(207, 0, 0, 0, 0);
    const hits = allocateHits(clusters.size);
    placeClusters(geometry, clusters, hits);
    const transform = geometry.transforms.subarray(4 * 12, 5 * 12);
    const [across, along] = [11 * 0.055, 20.75 * 0.055];
    const expected = [0, 1, 2].map(
      (axis) =>
        (transform[3 * axis] ?? 0) * across +
        (transform[3 * axis + 1] ?? 0) * along +
        (transform[9 + axis] ?? 0),
    );
    expect(hits.x[0]).toBeCloseTo(expected[0] ?? NaN, 4);
    expect(hits.y[0]).toBeCloseTo(expected[1] ?? NaN, 4);
    expect(hits.z[0]).toBeCloseTo(expected[2] ?? NaN, 4);
    expect([...hits.moduleStart.subarray(0, 3)]).toEqual([0, 0, 1]);
    expect([...hits.moduleStart.subarray(51)]).toEqual([1, 2]);
  });
});
