/** Operations that go wrong, for threads of engines. */
const one = [{ name: 'one', make: () => ({ size: 1 }) }];
const parameters = { size: { use: 'scalar', type: 'uint32' } };

export const operations = [
  {
    name: 'fails',
    description: 'throws',
    parameters,
    ref() {
      throw new Error('it was told to fail');
    },
    samples: one,
  },
  {
    name: 'traps',
    description: 'traps as WebAssembly does',
    parameters,
    ref() {
      throw Object.assign(new Error('unreachable'), { name: 'RuntimeError' });
    },
    samples: one,
  },
  {
    name: 'slow',
    description: 'takes so many milliseconds',
    parameters,
    ref({ size }) {
      const until = performance.now() + size;
      while (performance.now() < until);
    },
    samples: one,
  },
];
