/**
 * Every operation on every backend that is there. Proves that each body computes what `ref` computes, within the tolerance
 * that the operation states.
 */
import { describe, expect, it } from 'vitest';
import { tryOperations } from '../../gpu/conformance.ts';
import { builtInOperations } from '../../gpu/operations/built-in-operations.ts';
import { engine } from './engine-thread.ts';

describe.each(['cpu', 'wasm'] as const)('on %s', (kind) => {
  it('every operation gives what its ref body gives', async () => {
    const backend = await engine(kind, { bodies: 'tfjs' });
    const results = await tryOperations(backend, builtInOperations);
    const samples = builtInOperations.reduce((sum, { samples: { length } }) => sum + length, 0);
    expect(results).toHaveLength(samples);
    expect(results.filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect(results.every(({ body }) => body === 'tfjs')).toBe(true);
  });
});
