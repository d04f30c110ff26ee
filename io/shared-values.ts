import { DefaultDeserializer, DefaultSerializer } from 'node:v8';
import { z } from 'zod';
import { sharedNumbers } from './shared-shape.ts';

/** Plain values in shared memory, from which any thread can make them again without copying their typed arrays. */
export const SharedValues = z.strictObject({
  /** Typed arrays and, after those of each value, the rest of it as `node:v8` serialises it. */
  buffers: z.array(z.instanceof(SharedArrayBuffer)),
  /** Three numbers a value: its buffer, and where the rest of it begins and ends there, in bytes. */
  places: sharedNumbers,
});
/** Values of {@link SharedValues}. */
export type SharedValues = z.output<typeof SharedValues>;

interface ViewType {
  readonly prototype: ArrayBufferView;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView;
}

/** The views of memory that values may have in them; a place in this list goes into the serialised form. */
export const viewTypes: readonly ViewType[] = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView],
];

/** A buffer is closed when it has this many bytes, so that what was moved into it can be given up. */
const bufferBytes = 1 << 26;
/** What the widest element needs. */
const alignment = 8;
const numbersPerPlace = 3;

/**
 * Moves values into shared memory. They must be plain data, see `isPlainData`; a view that occurs several times in one
 * value stays one. Values are asked for one after the other and kept no longer than needed.
 */
export function shareValues(values: Iterable<unknown>): SharedValues {
  const buffers: SharedArrayBuffer[] = [];
  const places: number[] = [];
  let pending = new PendingBuffer();
  for (const value of values) {
    const serializer = new ViewsApart(pending);
    serializer.writeHeader();
    serializer.writeValue(value);
    const rest = serializer.releaseBuffer();
    const start = pending.add(rest);
    places.push(buffers.length, start, start + rest.byteLength);
    if (pending.byteLength < bufferBytes) continue;
    buffers.push(pending.close());
    pending = new PendingBuffer();
  }
  if (pending.byteLength > 0) buffers.push(pending.close());
  const shared = new SharedArrayBuffer(places.length * Float64Array.BYTES_PER_ELEMENT);
  new Float64Array(shared).set(places);
  return { buffers, places: new Float64Array(shared) };
}

/** Makes a value again; its typed arrays are views of the shared memory. `undefined` where there is no such value. */
export function sharedValue({ buffers, places }: SharedValues, index: number): unknown {
  const at = index * numbersPerPlace;
  const buffer = buffers[places[at] ?? -1];
  const [start = 0, end = 0] = [places[at + 1], places[at + 2]];
  if (buffer === undefined) return undefined;
  const deserializer = new ViewsInPlace(buffer, start, end);
  deserializer.readHeader();
  return deserializer.readValue();
}

/** A buffer of which the contents are known, and copied when it is closed. */
class PendingBuffer {
  readonly #parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  byteLength = 0;

  /** Reserves a place for the bytes of a view and returns its offset. */
  add({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
    const offset = this.byteLength;
    this.#parts.push({ offset, bytes: new Uint8Array(buffer, byteOffset, byteLength) });
    this.byteLength = Math.ceil((offset + byteLength) / alignment) * alignment;
    return offset;
  }

  close(): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(this.byteLength);
    const target = new Uint8Array(buffer);
    for (const { offset, bytes } of this.#parts) target.set(bytes, offset);
    return buffer;
  }
}

/** Puts views of memory into a buffer and writes only where they are. */
class ViewsApart extends DefaultSerializer {
  readonly #pending: PendingBuffer;

  constructor(pending: PendingBuffer) {
    super();
    this.#pending = pending;
  }

  _writeHostObject(view: ArrayBufferView): void {
    this.writeUint32(viewTypes.findIndex((type) => view instanceof type));
    this.writeDouble(this.#pending.add(view));
    this.writeDouble('length' in view ? Number(view.length) : view.byteLength);
  }
}

/** Finds those views again. */
class ViewsInPlace extends DefaultDeserializer {
  readonly #buffer: SharedArrayBuffer;

  constructor(buffer: SharedArrayBuffer, start: number, end: number) {
    super(new Uint8Array(buffer, start, end - start));
    this.#buffer = buffer;
  }

  _readHostObject(): ArrayBufferView {
    const View = viewTypes[this.readUint32()] ?? DataView;
    const offset = this.readDouble();
    return new View(this.#buffer, offset, this.readDouble());
  }
}
