import type { EdmeshError } from '../../edm/index.ts';
import type { DeviceArray, DeviceBlock, OperationArguments } from '../backend.ts';
import { contractError } from '../gpu-errors.ts';
import { elementBytes } from './elements.ts';
import type { Operation, OperationParameters, ScalarParameter } from './operation.ts';

/** Throws `EDMESH_GPU_CONTRACT` where a block may not be used: it was freed, or belongs elsewhere. */
export type BlockCheck = (block: DeviceBlock) => void;

/**
 * Checks the arguments of an operation before it is queued: names, kinds, ranges inside of their blocks, aligned, and what
 * the operation itself asks for. Throws `EDMESH_GPU_CONTRACT` naming operation and argument.
 */
export function checkArguments(
  operation: Operation,
  args: OperationArguments,
  checkBlock: BlockCheck,
): void {
  const parameters: OperationParameters = operation.parameters;
  for (const name in args) {
    if (!Object.hasOwn(parameters, name)) throw wrong(operation, name, 'is not one of its own');
  }
  for (const name in parameters) {
    const parameter = parameters[name];
    const value = args[name];
    if (parameter === undefined) continue;
    if (value === undefined) throw wrong(operation, name, 'is missing');
    if (parameter.use === 'scalar') {
      if (!isScalar(parameter, value)) throw wrong(operation, name, `is not a ${parameter.type}`);
      continue;
    }
    if (typeof value === 'number') throw wrong(operation, name, 'is not an array on the device');
    checkBlock(value.block);
    const problem = rangeProblem(value, elementBytes(parameter.type));
    if (problem !== undefined) throw wrong(operation, name, problem);
  }
  const problem = operation.problem?.(args);
  if (problem !== undefined) throw contractError(`operation ${operation.name}: ${problem}`);
}

function rangeProblem({ block, byteOffset, length }: DeviceArray, width: number) {
  if (!Number.isInteger(length) || length < 0) return 'has no proper length';
  if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset % width !== 0) {
    return `does not start at a multiple of ${String(width)} bytes`;
  }
  return byteOffset + length * width > block.bytes ? 'reaches beyond its block' : undefined;
}

function isScalar({ type }: ScalarParameter, value: unknown): boolean {
  if (typeof value !== 'number') return false;
  if (type === 'uint32') return value === value >>> 0;
  return type === 'int32' ? value === (value | 0) : true;
}

function wrong({ name }: Operation, argument: string, problem: string): EdmeshError {
  return contractError(`operation ${name}: argument ${argument} ${problem}`, {
    operation: name,
    argument,
  });
}

/** The number given for a parameter; NaN for what is no number, which {@link checkArguments} refuses before. */
export function numberOf(args: OperationArguments, name: string): number {
  const value = args[name];
  return typeof value === 'number' ? value : NaN;
}

/** What is wrong with arrays that are shorter than the operation needs; nothing where all are long enough. */
export function shortArray(
  args: OperationArguments,
  needed: number,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const value = args[name];
    const length = typeof value === 'object' ? value.length : 0;
    if (length < needed) {
      return `${name} has ${String(length)} elements, ${String(needed)} are needed`;
    }
  }
  return undefined;
}
