import type { Tensor1D } from '@tensorflow/tfjs-core';
import {
  elementBytes,
  elementView,
  tensorType,
  type ElementArray,
  type ElementType,
} from '../operations/elements.ts';
import type { Tfjs } from '../operations/operation.ts';

/** A part of a block that is a tensor too. */
interface Resident {
  readonly type: ElementType;
  readonly start: number;
  readonly end: number;
  readonly tensor: Tensor1D;
  /** The tensor is newer than the bytes. */
  newer: boolean;
  /** What the tensor holds, where it had to be waited for. */
  values?: ElementArray;
}

/** What a part of a block is about to be: read as bytes, read as a tensor of a type, or written. */
export type TensorUse = 'bytes' | 'write' | ElementType;

/**
 * A block of device memory on an engine of tensors: bytes, and tensors that hold parts of them. What an operation made
 * stays a tensor, and what one has read does too, so that a chain of operations moves no bytes; they are written when
 * something needs them as bytes.
 */
export class TensorMemory {
  readonly #tf: Tfjs;
  readonly #keepsArrays: boolean;
  readonly #memory: SharedArrayBuffer;
  readonly #residents: Resident[] = [];

  /** @param keepsArrays whether tensors are made on the very arrays that they are given, not on copies */
  constructor(tf: Tfjs, keepsArrays: boolean, memory: SharedArrayBuffer) {
    this.#tf = tf;
    this.#keepsArrays = keepsArrays;
    this.#memory = memory;
  }

  /** A tensor of one dimension with these elements. It belongs to the memory. */
  tensor(type: ElementType, byteOffset: number, length: number): Tensor1D {
    const end = byteOffset + length * elementBytes(type);
    const known = this.#residentAt(byteOffset, end);
    if (known?.type === type) return known.tensor;
    this.#writeBack(byteOffset, end);
    const tensor = this.#made(type, this.#memory, byteOffset, length);
    this.#drop(byteOffset, end);
    this.#residents.push({ type, start: byteOffset, end, tensor, newer: false });
    return tensor;
  }

  /** Makes a tensor the content of the memory from an offset on, as elements of a type. It then belongs to the memory. */
  put(type: ElementType, byteOffset: number, tensor: Tensor1D): void {
    const end = byteOffset + tensor.size * elementBytes(type);
    this.#drop(byteOffset, end);
    if (tensor.size === 0) tensor.dispose();
    else this.#residents.push({ type, start: byteOffset, end, tensor, newer: true });
  }

  /** The bytes of a part. With `forWriting`, tensors of the part are forgotten. */
  bytes(byteOffset: number, length: number, forWriting: boolean): Uint8Array<SharedArrayBuffer> {
    const end = byteOffset + length;
    this.#writeBack(byteOffset, end);
    if (forWriting) this.#drop(byteOffset, end);
    return new Uint8Array(this.#memory, byteOffset, length);
  }

  /**
   * Copies host memory into a part; straight into a tensor where the part has been one, as it will probably be read as
   * one again.
   */
  write(byteOffset: number, source: Uint8Array): void {
    const end = byteOffset + source.byteLength;
    const type = this.#residentAt(byteOffset, end)?.type;
    if (type !== undefined && source.byteOffset % elementBytes(type) === 0) {
      const length = source.byteLength / elementBytes(type);
      this.put(type, byteOffset, this.#made(type, source.buffer, source.byteOffset, length));
      return;
    }
    this.#drop(byteOffset, end);
    new Uint8Array(this.#memory, byteOffset, source.byteLength).set(source);
  }

  /** Copies a part into host memory, straight from its tensor where there is one. */
  copyTo(target: Uint8Array, byteOffset: number): void {
    const resident = this.#residentAt(byteOffset, byteOffset + target.byteLength);
    if (resident?.newer === true && target.byteOffset % elementBytes(resident.type) === 0) {
      copyOut(resident, target.buffer, target.byteOffset);
    } else {
      target.set(this.bytes(byteOffset, target.byteLength, false));
    }
  }

  /**
   * Waits for what tensors hold that the next use of a part will need as bytes. Engines whose tensors can be read at once
   * do without.
   */
  async fetch(use: TensorUse, byteOffset: number, length: number): Promise<void> {
    const end = byteOffset + length;
    for (const resident of this.#residents) {
      if (!resident.newer || resident.end <= byteOffset || resident.start >= end) continue;
      const isInside = resident.start >= byteOffset && resident.end <= end;
      const isAll = resident.start === byteOffset && resident.end === end;
      if (use === 'write' ? isInside : isAll && resident.type === use) continue;
      resident.values ??= await valuesOf(resident.tensor);
    }
  }

  /** Gives up all tensors. */
  dispose(): void {
    for (const { tensor } of this.#residents.splice(0)) tensor.dispose();
  }

  #residentAt(from: number, to: number): Resident | undefined {
    return this.#residents.find(({ start, end }) => start === from && end === to);
  }

  #made(type: ElementType, buffer: ArrayBufferLike, byteOffset: number, length: number): Tensor1D {
    const kind = tensorType(type);
    const elements = bitsOf(type, buffer, byteOffset, length);
    const fits = elements instanceof Int32Array || elements instanceof Float32Array;
    // An engine that keeps the array it is given must not see it change.
    if (fits && !this.#keepsArrays) return this.#tf.tensor1d(elements, kind);
    const values = kind === 'int32' ? new Int32Array(elements) : new Float32Array(elements);
    return this.#tf.tensor1d(values, kind);
  }

  /** Forgets the tensors that reach into a part, which is written next; what they hold beyond it is kept as bytes. */
  #drop(start: number, end: number): void {
    for (let index = this.#residents.length - 1; index >= 0; index--) {
      const resident = this.#residents[index];
      if (resident === undefined || resident.end <= start || resident.start >= end) continue;
      if (resident.newer && (resident.start < start || resident.end > end)) {
        copyOut(resident, this.#memory, resident.start);
      }
      resident.tensor.dispose();
      this.#residents.splice(index, 1);
    }
  }

  /** Writes the tensors of a part that are newer than its bytes. */
  #writeBack(start: number, end: number): void {
    for (const resident of this.#residents) {
      if (!resident.newer || resident.end <= start || resident.start >= end) continue;
      copyOut(resident, this.#memory, resident.start);
      resident.newer = false;
    }
  }
}

function copyOut(resident: Resident, buffer: ArrayBufferLike, byteOffset: number): void {
  const { type, tensor, values } = resident;
  bitsOf(type, buffer, byteOffset, tensor.size).set(values ?? tensor.dataSync());
}

async function valuesOf(tensor: Tensor1D): Promise<ElementArray> {
  return tensor.data();
}

/** A view on elements; on uint32 as int32, whose bits tensors hold without a conversion. */
function bitsOf(
  type: ElementType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): ElementArray {
  return elementView(type === 'uint32' ? 'int32' : type, buffer, byteOffset, length);
}
