import { readFileSync } from 'node:fs';
import { contractError } from '../gpu-errors.ts';
import type { Operation } from '../operations/operation.ts';
import type { CudaAddon, CudaDeviceInfo, Handle } from './cuda-addon.ts';
import { LaunchPlan } from './launch-plan.ts';

/** One device: its context and the kernels that were loaded into it. */
export class CudaContext {
  readonly device: number;
  readonly handle: Handle;
  readonly info: CudaDeviceInfo;
  readonly #addon: CudaAddon;
  readonly #kernelFolder: string;
  readonly #plans = new Map<Operation, LaunchPlan>();
  readonly #modules = new Map<string, Handle>();

  /** @param kernelFolder where the PTX of the built-in operations is, by their names */
  constructor(addon: CudaAddon, device: number, kernelFolder: string) {
    this.device = device;
    this.info = addon.deviceInfo(device);
    this.handle = addon.openContext(device);
    this.#addon = addon;
    this.#kernelFolder = kernelFolder;
  }

  /** Memory that is free now, bytes. */
  get freeBytes(): number {
    return this.#addon.memoryInfo(this.handle).freeBytes;
  }

  /**
   * How an operation is launched; its kernel is loaded when it is asked for first. Throws what the driver says of the
   * kernel, and `EDMESH_GPU_CONTRACT` where the operation has none.
   */
  planOf(operation: Operation): LaunchPlan {
    const known = this.#plans.get(operation);
    if (known !== undefined) return known;
    const { name, cuda } = operation;
    if (cuda === undefined) {
      throw contractError(`operation ${name} has no cuda body`, { operation: name });
    }
    const module = this.#moduleOf(cuda.ptx ?? `${this.#kernelFolder}/${name}.ptx`);
    const plan = new LaunchPlan(operation, cuda, (packed) =>
      this.#addon.getKernel(module, cuda.kernel, packed),
    );
    this.#plans.set(operation, plan);
    return plan;
  }

  #moduleOf(file: string): Handle {
    const known = this.#modules.get(file);
    if (known !== undefined) return known;
    const module = this.#addon.loadModule(this.handle, readFileSync(file, 'utf8'));
    this.#modules.set(file, module);
    return module;
  }
}
