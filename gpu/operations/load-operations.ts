import { EdmeshError } from '../../edm/index.ts';
import { builtInOperations } from './built-in-operations.ts';
import { OperationRegistry } from './operation-registry.ts';
import type { Operation } from './operation.ts';

/**
 * The built-in operations and those that modules export as `operations`. Every thread that runs operations loads the same
 * modules.
 *
 * @param modules URLs
 * @throws EdmeshError `EDMESH_DEFINITION` naming the module, where it exports no operations or a wrong one
 */
export async function loadOperations(modules: readonly string[] = []): Promise<OperationRegistry> {
  const registry = new OperationRegistry(builtInOperations);
  for (const module of modules) {
    const { operations } = (await import(module)) as { operations?: unknown };
    if (!Array.isArray(operations) || !operations.every(isOperation)) {
      throw new EdmeshError('EDMESH_DEFINITION', `${module} exports no array \`operations\``, {
        fields: { module },
      });
    }
    for (const operation of operations) registry.add(operation);
  }
  return registry;
}

function isOperation(value: unknown): value is Operation {
  if (typeof value !== 'object' || value === null) return false;
  const { name, parameters, ref, samples } = value as Partial<Record<keyof Operation, unknown>>;
  return (
    typeof name === 'string' &&
    typeof parameters === 'object' &&
    typeof ref === 'function' &&
    Array.isArray(samples)
  );
}
