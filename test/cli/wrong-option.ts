import { expect } from 'vitest';

/** Expects that reading options fails with an error that names one of them. */
export function expectWrongOption(option: string, read: () => unknown): void {
  expect(read).toThrow(
    expect.objectContaining({
      code: 'EDMESH_COMMAND_LINE',
      exitCode: 7000,
      fields: { option },
      message: expect.stringContaining(`${option}: `),
    }),
  );
}
