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

const { description, particles: rows } = event.montecarlo;

/** The event with another cell in the row of its particle. */
function withCell(label: string, cell: unknown): object {
  const particles = rows.map((row) =>
    row.map((old, at) => (description[at] === label ? cell : old)),
  );
  return { montecarlo: { description, particles } };
}

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
      [{ montecarlo: {} }, /montecarlo\.description: expected an array/],
      [withCell('hits', [3]), /particles\[0\]\.hits: there is no such hit/],
      [withCell('hits', 3), /particles\[0\]\.hits: expected an array of numbers/],
    ];
    for (const [change, message] of wrong) {
      expect(() => parseVeloJson(JSON.stringify({ ...event, ...change }), 'e.json')).toThrow(
        message,
      );
    }
  });

  it('are refused where a column of the truth is missing', () => {
    for (const label of description) {
      const renamed = description.map((name) => (name === label ? 'other' : name));
      for (const names of [renamed, []]) {
        const changed = { ...event, montecarlo: { description: names, particles: rows } };
        expect(() => parseVeloJson(JSON.stringify(changed), 'e.json')).toThrow(
          names === renamed
            ? `e.json, montecarlo.description: no column '${label}'`
            : "e.json, montecarlo.description: no column 'hits'",
        );
      }
    }
  });

  it('are refused where a cell of the truth is not a number', () => {
    for (const label of description.filter((name) => name !== 'hits')) {
      for (const cell of ['no', null, [], {}, undefined]) {
        const text = JSON.stringify({ ...event, ...withCell(label, cell) });
        const message = `e.json, montecarlo.particles[0].${label}: not a number`;
        expect(() => parseVeloJson(text, 'e.json')).toThrow(message);
      }
    }
    const text = JSON.stringify({ ...event, ...withCell('pid', 211.5) });
    expect(() => parseVeloJson(text)).toThrow('particles[0].pid: not an integer of 32 bits');
  });

  it('have flags that are numbers or booleans', () => {
    for (const [cell, flag] of [
      [true, 1],
      [false, 0],
      [1, 1],
      [0, 0],
    ] as const) {
      const text = JSON.stringify({ ...event, ...withCell('isLong', cell) });
      expect([...parseVeloJson(text).particles.isLong]).toEqual([flag]);
    }
  });

  it('that are not JSON are refused with the place', () => {
    const text = '{"x": [1 2]}';
    expect(() => parseVeloJson(text, 'e.json')).toThrow(/e\.json, text: not JSON: .*position 9/);
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
