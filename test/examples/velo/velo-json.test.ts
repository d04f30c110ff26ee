import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdmeshError } from '../../../edm/errors.ts';
import { parseVeloJson } from '../../../examples/velo/algorithms/velo-json.ts';

const event = {
  x: [1, 2, 3],
  y: [4, 5, 6],
  z: [7, 8, 9],
  module_prefix_sum: [0, 2, ...Array.from({ length: 51 }, () => 3)],
  montecarlo: {
    description: ['key', 'pid', 'p', 'pt', 'eta', 'phi', 'isLong', 'hasVelo', 'charge', 'hits'],
    particles: [[1, -211, 6000, 500, 3, 0.1, 1, 1, -1, [0, 2]]],
  },
};

describe('VELO events in JSON', () => {
  it('become hits and particles', () => {
    const { hits, particles } = parseVeloJson(JSON.stringify(event));
    expect([...hits.x, ...hits.y, ...hits.z]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...hits.moduleStart.subarray(0, 3)]).toEqual([0, 2, 3]);
    expect(particles.size).toBe(1);
    expect(particles.pid[0]).toBe(-211);
    expect([particles.isLong[0], particles.hasVelo[0]]).toEqual([1, 1]);
    expect([...particles.hitIds]).toEqual([0, 2]);
  });

  it('are refused with file and field where they are wrong', () => {
    const wrong: [object, RegExp][] = [
      [{ x: [1, 2] }, /e\.json, x, y, z: lengths differ/],
      [{ y: [1, 'a', 3] }, /e\.json, y: expected an array of numbers/],
      [{ module_prefix_sum: [0, 3] }, /module_prefix_sum: expected 53 rising numbers/],
      [{ montecarlo: null }, /montecarlo\.description/],
      [
        { montecarlo: { ...event.montecarlo, particles: [[1, [3]]] } },
        /particles\[0\], hits: there is no such hit/,
      ],
    ];
    for (const [change, message] of wrong) {
      expect(() => parseVeloJson(JSON.stringify({ ...event, ...change }), 'e.json')).toThrow(
        message,
      );
    }
  });

  it('parse or throw an EdmeshError, whatever the text', () => {
    const text = JSON.stringify(event);
    const cut = fc.tuple(fc.nat(text.length), fc.nat(text.length), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.oneof(fc.json(), cut), (input) => {
        const changed =
          typeof input === 'string'
            ? input
            : text.slice(0, input[0]) + input[2] + text.slice(input[1]);
        try {
          parseVeloJson(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(EdmeshError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
