/** The kernels. Proves that the PTX is of the sources beside it, and that every built-in operation has its entry there. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LaunchPlan } from '../../gpu/cuda/launch-plan.ts';
import { builtInOperations } from '../../gpu/operations/built-in-operations.ts';
import { defineOperation, input, scalar } from '../../gpu/operations/operation.ts';

const folder = new URL('../../gpu/cuda/kernels/', import.meta.url);
const text = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

describe.each(builtInOperations)('the kernel of $name', ({ name, cuda }) => {
  const ptx = text(`${name}.ptx`);

  it('was compiled from its source', () => {
    const digest = createHash('sha256')
      .update(text(`${name}.cu`))
      .update(text('kernel.h'));
    expect(ptx).toContain(`// sources: ${digest.digest('hex')}`);
  });

  it('is plain enough for older drivers, and has the entry', () => {
    expect(ptx).toMatch(/^\.version 6\.0$/m);
    expect(ptx).toMatch(/^\.target sm_50$/m);
    expect(ptx).toContain(`.visible .entry ${cuda?.kernel ?? ''}(`);
  });
});

it('a packed launch holds the arguments as a kernel takes them', () => {
  const operation = defineOperation({
    name: 'mixed',
    description: 'of every kind',
    parameters: {
      a: scalar('uint32'),
      b: input('float32'),
      c: scalar('int32'),
      d: scalar('float64'),
      e: scalar('float32'),
    },
    ref: () => undefined,
    samples: [],
  });
  const body = {
    kernel: 'mixed',
    block: [32, 2, 1],
    grid: () => [5, 6, 7],
    sharedBytes: 48,
  } as const;
  const plan = new LaunchPlan(operation, body as never, () => 1);
  const block = { device: 0, bytes: 64, address: 0x7f12_3456_7800 };
  const b = { block, byteOffset: 16, length: 2 };
  expect(plan.fill({ a: 4_000_000_000, b, c: -3, d: 0.1, e: 0.5 })).toBe(true);
  const view = new DataView(plan.packed.buffer);
  const words = Array.from({ length: 8 }, (_, index) => view.getUint32(4 * index, true));
  expect(words).toEqual([5, 6, 7, 32, 2, 1, 48, 36]);
  expect(view.getUint32(32, true)).toBe(4_000_000_000);
  expect(view.getBigUint64(40, true)).toBe(0x7f12_3456_7810n);
  expect(view.getInt32(48, true)).toBe(-3);
  expect(view.getFloat64(56, true)).toBe(0.1);
  expect(view.getFloat32(64, true)).toBe(0.5);
});
