import { EdmeshError, type NamedOperation } from '../../edm/index.ts';
import { builtInOperations } from './built-in-operations.ts';
import { OperationRegistry } from './operation-registry.ts';
import type { Operation } from './operation.ts';

/** Operations that a config has declared. */
export interface OwnOperations {
  readonly operations: readonly unknown[];
  /** The config, as a module that threads of backends can import to have the operations too. */
  readonly code: string;
}

/** The operations that a process has declared itself, with the code of its config; nothing where it has none. */
export function ownOperations(
  { gpuOperations = [] }: { readonly gpuOperations?: readonly NamedOperation[] },
  code: string,
): OwnOperations | undefined {
  return gpuOperations.length === 0 ? undefined : { operations: gpuOperations, code };
}

/**
 * The built-in operations and these.
 *
 * @param where who has declared them, for messages
 * @throws EdmeshError `EDMESH_DEFINITION` where one of them is none, is declared wrongly, or has a name that is taken
 */
export function registryOf(operations: unknown, where: string): OperationRegistry {
  const registry = new OperationRegistry(builtInOperations);
  addAll(registry, operations, where);
  return registry;
}

/**
 * The built-in operations, those that modules export as `operations`, and those of a config. Every thread that runs
 * operations loads the same.
 *
 * @param modules URLs
 * @throws EdmeshError `EDMESH_DEFINITION` naming the module, where it exports no operations or a wrong one
 */
export async function loadOperations(
  modules: readonly string[] = [],
  own: readonly unknown[] = [],
): Promise<OperationRegistry> {
  const registry = registryOf(own, 'the config');
  for (const module of modules) {
    const { operations } = (await import(module)) as { operations?: unknown };
    addAll(registry, operations, module);
  }
  return registry;
}

function addAll(registry: OperationRegistry, operations: unknown, where: string): void {
  if (!Array.isArray(operations) || !operations.every(isOperation)) {
    throw new EdmeshError('EDMESH_DEFINITION', `${where} gives no array of operations`, {
      fields: { where },
    });
  }
  for (const operation of operations) registry.add(operation);
}

function isOperation(value: unknown): value is Operation {
  if (typeof value !== 'object' || value === null) return false;
  const { name, parameters, ref, samples } = value as Partial<Record<keyof Operation, unknown>>;
  return (
    typeof name === 'string' &&
    typeof parameters === 'object' &&
    parameters !== null &&
    Object.values(parameters).every(isParameter) &&
    typeof ref === 'function' &&
    Array.isArray(samples)
  );
}

function isParameter(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('use' in value)) return false;
  const uses: readonly unknown[] = ['in', 'out', 'inout', 'scalar'];
  return uses.includes(value.use) && 'type' in value && typeof value.type === 'string';
}
