import { axpy } from './axpy.ts';
import { matmul } from './matmul.ts';
import type { Operation } from './operation.ts';
import { veloDoublets } from './velo-doublets.ts';
import { veloHitCoordinates } from './velo-hit-coordinates.ts';
import { veloLineFit } from './velo-line-fit.ts';

/** The operations that every backend is given. */
export const builtInOperations: readonly Operation[] = [
  axpy,
  matmul,
  veloHitCoordinates,
  veloLineFit,
  veloDoublets,
];
