import type { Operation } from '../operations/operation.ts';
import type { EngineKind } from './engine-messages.ts';

/** Engines that count in single precision: they round integers beyond 2^24. */
const roundsIntegers: ReadonlySet<EngineKind> = new Set(['webgpu']);

/**
 * The body of an operation that an engine runs.
 *
 * @param prefersRef whether `ref` runs where the operation says that it is the faster one on a processor
 */
export function engineBody(
  operation: Operation,
  kind: EngineKind,
  prefersRef: boolean,
): 'tfjs' | 'ref' {
  if (operation.tfjs === undefined) return 'ref';
  if (operation.exactIntegers === true && roundsIntegers.has(kind)) return 'ref';
  return prefersRef && operation.fasterOnHost === 'ref' ? 'ref' : 'tfjs';
}
