import { contractError } from '../gpu-errors.ts';
import type { DeviceArray } from '../backend.ts';
import { checkArguments } from './check-arguments.ts';
import { isOfElementType, type ElementArray } from './elements.ts';
import type { Operation } from './operation.ts';

/** Stands for the memory of arrays that are in host memory. */
const anyBlock = { device: 0, bytes: Infinity, address: 0 };

/** Runs the `ref` body of an operation. Throws `EDMESH_GPU_CONTRACT` where its arguments are wrong, as a queue does. */
export function runOnHost(
  operation: Operation,
  args: Readonly<Record<string, ElementArray | number>>,
): void {
  const { name, parameters } = operation;
  const described: Record<string, DeviceArray | number> = {};
  for (const [argument, value] of Object.entries(args)) {
    const parameter = parameters[argument];
    if (typeof value === 'number') described[argument] = value;
    else {
      described[argument] = { block: anyBlock, byteOffset: 0, length: value.length };
      if (parameter === undefined || parameter.use === 'scalar') continue;
      if (isOfElementType(parameter.type, value)) continue;
      throw contractError(
        `operation ${name}: argument ${argument} is no array of ${parameter.type}`,
      );
    }
  }
  checkArguments(operation, described, () => undefined);
  operation.ref(args);
}
