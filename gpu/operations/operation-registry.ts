import { EdmeshError } from '../../edm/index.ts';
import { contractError } from '../gpu-errors.ts';
import { tensorType } from './elements.ts';
import type { Operation } from './operation.ts';

const operationName = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Operations by name. */
export class OperationRegistry {
  readonly #operations = new Map<string, Operation>();

  constructor(operations: Iterable<Operation> = []) {
    for (const operation of operations) this.add(operation);
  }

  /** Adds an operation. Throws `EDMESH_DEFINITION` where it is declared wrongly or its name is taken. */
  add(operation: Operation): void {
    const { name } = operation;
    const fail = (problem: string): EdmeshError =>
      new EdmeshError('EDMESH_DEFINITION', `operation ${name}: ${problem}`, {
        fields: { operation: name },
      });
    if (!operationName.test(name)) throw fail('its name is not words joined by hyphens');
    if (this.#operations.has(name)) throw fail('there is one of that name already');
    if (operation.samples.length === 0) throw fail('it has no samples to be tried with');
    for (const [parameter, { use, type }] of Object.entries(operation.parameters)) {
      if (use === 'scalar' || operation.tfjs === undefined) continue;
      if (tensorType(type) === undefined) {
        throw fail(`it has a tfjs body, and tfjs has no tensors of ${type} for ${parameter}`);
      }
    }
    this.#operations.set(name, operation);
  }

  /** The operation of a name. Throws `EDMESH_GPU_CONTRACT` where there is none. */
  get(name: string): Operation {
    const found = this.#operations.get(name);
    if (found !== undefined) return found;
    throw contractError(`there is no operation ${name}`, { operation: name });
  }

  /** The operation of a name, if there is one. */
  find(name: string): Operation | undefined {
    return this.#operations.get(name);
  }

  /** All operations, in the order in which they were added. */
  all(): readonly Operation[] {
    return [...this.#operations.values()];
  }
}
