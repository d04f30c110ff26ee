/** Operations that only the mock driver has kernels for. */
import { fileURLToPath } from 'node:url';
import { defineOperation, scalar } from '../../gpu/operations/operation.ts';

const ptx = fileURLToPath(new URL('mock-driver/mock-kernels.ptx', import.meta.url));
const one = [1, 1, 1] as const;
const oneThread = { block: one, grid: () => one, sharedBytes: 0 };
const samples = [{ name: 'any', make: () => ({}) }];

export const operations = [
  defineOperation({
    name: 'mock-sleep',
    description: 'takes that long',
    parameters: { microseconds: scalar('uint32') },
    ref: () => undefined,
    cuda: { kernel: 'mock_sleep', ptx, ...oneThread },
    samples: [{ name: 'a millisecond', make: () => ({ microseconds: 1000 }) }],
  }),
  defineOperation({
    name: 'mock-fault',
    description: 'fails its device',
    parameters: { code: scalar('uint32') },
    ref: () => undefined,
    cuda: { kernel: 'mock_fault', ptx, ...oneThread },
    samples: [{ name: 'an illegal address', make: () => ({ code: 700 }) }],
  }),
  defineOperation({
    name: 'mock-unreadable',
    description: 'has no PTX',
    parameters: {},
    ref: () => undefined,
    cuda: { kernel: 'none', ptx: fileURLToPath(import.meta.url), ...oneThread },
    samples,
  }),
  defineOperation({
    name: 'host-only',
    description: 'has no kernel',
    parameters: { value: scalar('float64') },
    ref: () => undefined,
    samples: [{ name: 'one', make: () => ({ value: 1 }) }],
  }),
];
