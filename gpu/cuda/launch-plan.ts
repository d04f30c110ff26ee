import type { OperationArguments } from '../backend.ts';
import type { CudaBody, Operation, OperationParameters } from '../operations/operation.ts';
import type { Handle } from './cuda-addon.ts';

const headBytes = 32;
const wordSize = 2 ** 32;

/** Where an argument lies and how it is written. */
interface Slot {
  readonly name: string;
  readonly offset: number;
  readonly type: 'pointer' | 'int32' | 'uint32' | 'float32' | 'float64';
}

/** How an operation is launched: its kernel and a packed launch that is filled in anew each time. */
export class LaunchPlan {
  readonly kernel: Handle;
  /** Eight words (grid, block, bytes of shared memory, bytes of arguments), then the arguments. */
  readonly packed: Uint8Array<SharedArrayBuffer>;
  readonly #view: DataView;
  readonly #slots: readonly Slot[];
  readonly #body: CudaBody;

  /** @param getKernel gives the kernel whose launches are packed into this memory */
  constructor(
    operation: Operation,
    body: CudaBody,
    getKernel: (packed: Uint8Array<SharedArrayBuffer>) => Handle,
  ) {
    const { slots, bytes } = layoutOf(operation.parameters);
    this.packed = new Uint8Array(new SharedArrayBuffer(headBytes + bytes));
    this.kernel = getKernel(this.packed);
    this.#view = new DataView(this.packed.buffer);
    this.#slots = slots;
    this.#body = body;
    const [x, y, z] = body.block;
    [x, y, z, body.sharedBytes, bytes].forEach((word, index) => {
      this.#view.setUint32(12 + 4 * index, word, true);
    });
  }

  /** Fills in the packed launch; false where the grid is empty and there is nothing to do. */
  fill(args: OperationArguments): boolean {
    const view = this.#view;
    const [x, y, z] = this.#body.grid(args);
    if (x === 0 || y === 0 || z === 0) return false;
    view.setUint32(0, x, true);
    view.setUint32(4, y, true);
    view.setUint32(8, z, true);
    for (const { name, offset, type } of this.#slots) {
      const value = args[name];
      if (typeof value === 'object') {
        const address = value.block.address + value.byteOffset;
        view.setUint32(offset, address % wordSize, true);
        view.setUint32(offset + 4, Math.floor(address / wordSize), true);
      } else if (value !== undefined) {
        if (type === 'int32') view.setInt32(offset, value, true);
        else if (type === 'uint32') view.setUint32(offset, value, true);
        else if (type === 'float32') view.setFloat32(offset, value, true);
        else view.setFloat64(offset, value, true);
      }
    }
    return true;
  }
}

/** Arguments lie in the order of the parameters, each at the next multiple of its size, as kernels take them. */
function layoutOf(parameters: OperationParameters): { slots: readonly Slot[]; bytes: number } {
  let end = 0;
  const slots = Object.entries(parameters).map(([name, { use, type }]): Slot => {
    const kind = use === 'scalar' ? type : 'pointer';
    const width = kind === 'pointer' || kind === 'float64' ? 8 : 4;
    const offset = Math.ceil(end / width) * width;
    end = offset + width;
    return { name, offset: headBytes + offset, type: kind };
  });
  return { slots, bytes: end };
}
