import type { Operation } from '../operations/operation.ts';

/**
 * The body of an operation that an engine runs.
 *
 * @param prefersRef whether `ref` runs where the operation says that it is the faster one on a processor
 */
export function engineBody(operation: Operation, prefersRef: boolean): 'tfjs' | 'ref' {
  if (operation.tfjs === undefined) return 'ref';
  return prefersRef && operation.fasterOnHost === 'ref' ? 'ref' : 'tfjs';
}
