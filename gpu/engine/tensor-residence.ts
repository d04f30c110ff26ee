import type { Tensor1D } from '@tensorflow/tfjs-core';
import { elementBytes, elementView, tensorType, type ElementType } from '../operations/elements.ts';
import type { Tfjs } from '../operations/operation.ts';

/** A part of a block that is a tensor too. */
interface Resident {
  readonly type: ElementType;
  readonly start: number;
  readonly end: number;
  readonly tensor: Tensor1D;
  /** The tensor is newer than the bytes. */
  newer: boolean;
}

/**
 * A block of device memory on an engine of tensors: bytes, and tensors that hold parts of them. What an operation made
 * stays a tensor, and what one has read does too, so that a chain of operations moves no bytes; they are written when
 * something needs them as bytes.
 */
export class TensorMemory {
  readonly #tf: Tfjs;
  readonly #memory: SharedArrayBuffer;
  readonly #residents: Resident[] = [];

  constructor(tf: Tfjs, memory: SharedArrayBuffer) {
    this.#tf = tf;
    this.#memory = memory;
  }

  /** A tensor of one dimension with these elements. It belongs to the memory. */
  tensor(type: ElementType, byteOffset: number, length: number): Tensor1D {
    const end = byteOffset + length * elementBytes(type);
    for (const resident of this.#residents) {
      if (resident.start === byteOffset && resident.end === end && resident.type === type) {
        return resident.tensor;
      }
    }
    const bytes = this.bytes(byteOffset, end - byteOffset, false);
    const elements = elementView(type, bytes.buffer, byteOffset, length);
    // A copy: engines may keep the array they are given, and this one changes under the tensor.
    const values =
      tensorType(type) === 'int32' ? Int32Array.from(elements) : Float32Array.from(elements);
    const tensor = this.#tf.tensor1d(values, tensorType(type));
    this.#residents.push({ type, start: byteOffset, end, tensor, newer: false });
    return tensor;
  }

  /** Makes a tensor the content of the memory from an offset on, as elements of a type. It then belongs to the memory. */
  put(type: ElementType, byteOffset: number, tensor: Tensor1D): void {
    const end = byteOffset + tensor.size * elementBytes(type);
    this.#clear(byteOffset, end);
    this.#residents.push({ type, start: byteOffset, end, tensor, newer: true });
  }

  /** The bytes of a part. With `forWriting`, tensors of the part are forgotten. */
  bytes(byteOffset: number, length: number, forWriting: boolean): Uint8Array<SharedArrayBuffer> {
    const end = byteOffset + length;
    if (forWriting) this.#clear(byteOffset, end);
    else for (const resident of this.#residents) this.#writeIfIn(resident, byteOffset, end);
    return new Uint8Array(this.#memory, byteOffset, length);
  }

  /** Copies a part into host memory, straight from its tensor where there is one. */
  copyTo(target: Uint8Array, byteOffset: number): void {
    const end = byteOffset + target.byteLength;
    const resident = this.#residents.find(({ start }) => start === byteOffset);
    if (resident?.newer === true && resident.end === end) {
      if (write(resident, target.buffer, target.byteOffset)) return;
    }
    target.set(this.bytes(byteOffset, target.byteLength, false));
  }

  /** Gives up all tensors. */
  dispose(): void {
    for (const { tensor } of this.#residents.splice(0)) tensor.dispose();
  }

  /** Forgets the tensors that reach into a part; what they hold beyond it is written to the bytes. */
  #clear(start: number, end: number): void {
    for (let index = this.#residents.length - 1; index >= 0; index--) {
      const resident = this.#residents[index];
      if (resident === undefined || resident.end <= start || resident.start >= end) continue;
      const whole = resident.start >= start && resident.end <= end;
      if (!whole) this.#writeIfIn(resident, start, end);
      resident.tensor.dispose();
      this.#residents.splice(index, 1);
    }
  }

  #writeIfIn(resident: Resident, start: number, end: number): void {
    if (!resident.newer || resident.end <= start || resident.start >= end) return;
    write(resident, this.#memory, resident.start);
    resident.newer = false;
  }
}

/** Writes a tensor as elements; false where the place is not aligned for them. */
function write({ type, tensor }: Resident, buffer: ArrayBufferLike, byteOffset: number): boolean {
  if (byteOffset % elementBytes(type) !== 0) return false;
  elementView(type, buffer, byteOffset, tensor.size).set(tensor.dataSync());
  return true;
}
