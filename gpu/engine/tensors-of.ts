import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { tensorType, type ElementType } from '../operations/elements.ts';
import type { Operation, Tfjs } from '../operations/operation.ts';
import type { EngineArguments, EngineArray } from './engine-messages.ts';
import type { TensorMemory } from './tensor-residence.ts';

/** Runs the tfjs body of an operation; the tensors that it gives, by the parameter that each is for. */
export function tensorsOf(
  tf: Tfjs,
  operation: Operation,
  args: EngineArguments,
  memoryOf: (array: EngineArray) => TensorMemory,
): Record<string, Tensor1D> {
  const parameters = Object.entries(operation.parameters);
  const tensors: Record<string, Tensor1D | number> = {};
  for (const [name, { use, type }] of parameters) {
    const value = args[name];
    if (use === 'scalar' || typeof value !== 'object') tensors[name] = Number(value);
    else if (use !== 'out') {
      tensors[name] = memoryOf(value).tensor(type, value.byteOffset, value.length);
    }
  }
  return tf.tidy(() => {
    const given = operation.tfjs?.(tf, tensors) ?? {};
    const flat: Record<string, Tensor1D> = {};
    for (const [name, { use, type }] of parameters) {
      const value = args[name];
      if (use === 'in' || use === 'scalar' || typeof value !== 'object') continue;
      flat[name] = flattened(tf, name, given[name], type, value.length);
    }
    return flat;
  });
}

/** A result in one dimension, as a tensor of its own and of the type that stands for the elements. */
function flattened(
  tf: Tfjs,
  name: string,
  tensor: Tensor | undefined,
  type: ElementType,
  length: number,
): Tensor1D {
  if (tensor === undefined || tensor.size > length) {
    const size = tensor === undefined ? 'nothing' : `${String(tensor.size)} elements`;
    throw new Error(`its tfjs body gives ${size} for ${name} of ${String(length)}`);
  }
  return tf.reshape(tf.cast(tensor, tensorType(type) ?? 'float32'), [tensor.size]);
}
