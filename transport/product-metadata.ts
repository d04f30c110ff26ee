import {
  backendNames,
  backendOfProduct,
  EdmeshError,
  noteBackend,
  type AllocateBuffer,
  type BackendName,
  type ProductType,
  type SoAType,
} from '../edm/index.ts';
import { aligned, type FrameHeader, type FrameView } from './frame.ts';
import type { Outbox } from './outbox.ts';
import { decodeSerialised, encodeSerialised, notSendable } from './serialised-codec.ts';
import { frameInvalid } from './wire-errors.ts';

/**
 * The body of a `products` frame, little endian:
 *
 *     0  i32  number of products; -1: the path was not active, and nothing follows
 *     4  for each product 12 bytes:
 *          0  u8   0 missing, 1 serialised, 2 SoA
 *          1  u8   backend that made it: 0 host, else 1 + its place in `backendNames`; of SoA products only
 *          2  u16  0
 *          4  u32  rows of an SoA product, else 0
 *          8  u32  bytes of the product
 *     then, each at a multiple of 8: the bytes of every product that is there
 */
const countBytes = 4;
const entryBytes = 12;
const inactive = -1;

const missing = 0;
const serialised = 1;
const soa = 2;

/** A product that a sender and its receiver have agreed upon. */
export interface SentProduct {
  /** The name of the branch, for messages. */
  readonly branch: string;
  readonly type: ProductType;
}

/** A product agreed upon, with its type where that is SoA. */
interface AgreedProduct extends SentProduct {
  readonly soaType: SoAType | undefined;
}

/** Writes `products` frames: a value for each product agreed upon, in their order. Keeps nothing between frames. */
export class ProductsWriter {
  readonly #products: readonly AgreedProduct[];
  readonly #metadata: Uint8Array;
  readonly #view: DataView;
  readonly #regions: (Uint8Array | undefined)[];
  readonly #inactive = new Uint8Array(countBytes);

  /** Throws `EDMESH_PRODUCT_NOT_SENDABLE` where a type is transient. */
  constructor(products: readonly SentProduct[]) {
    for (const { branch, type } of products) {
      if (type.layout === 'transient') throw notSendable(branch, `type ${type.name} is transient`);
    }
    this.#products = products.map(agreed);
    this.#metadata = new Uint8Array(metadataBytes(products.length));
    this.#view = new DataView(this.#metadata.buffer);
    this.#view.setInt32(0, products.length, true);
    this.#regions = products.map(() => undefined);
    new DataView(this.#inactive.buffer).setInt32(0, inactive, true);
  }

  /**
   * Writes a frame with these products; `undefined` stands for one that is missing. Throws `EDMESH_PRODUCT_NOT_SENDABLE`
   * and `EDMESH_FRAME_TOO_LARGE`; then nothing was written.
   */
  write(outbox: Outbox, header: FrameHeader, values: readonly unknown[]): void {
    let bytes = this.#metadata.length;
    for (let index = 0; index < this.#products.length; index += 1) {
      bytes += aligned(this.#describe(index, values[index]));
    }
    outbox.begin(header, bytes);
    outbox.write(this.#metadata);
    for (let index = 0; index < this.#regions.length; index += 1) {
      const region = this.#regions[index];
      if (region === undefined) continue;
      this.#regions[index] = undefined;
      outbox.write(region);
      outbox.align();
    }
  }

  /** Writes a frame that says that the path was not active. */
  writeInactive(outbox: Outbox, header: FrameHeader): void {
    outbox.begin(header, countBytes);
    outbox.write(this.#inactive);
  }

  /** Fills in the entry of a product and keeps its region; returns the bytes of the region. */
  #describe(index: number, value: unknown): number {
    const product = this.#products[index];
    if (product === undefined) return 0;
    const { branch, soaType } = product;
    const region =
      value === undefined
        ? undefined
        : soaType !== undefined
          ? soaBytes(branch, soaType, value)
          : encodeSerialised(value, branch);
    const kind = value === undefined ? missing : soaType !== undefined ? soa : serialised;
    const bytes = region?.byteLength ?? 0;
    const at = countBytes + index * entryBytes;
    this.#view.setUint8(at, kind);
    this.#view.setUint8(at + 1, kind === soa ? backendNumber(value) : 0);
    this.#view.setUint32(at + 4, kind === soa ? rowsOf(value) : 0, true);
    this.#view.setUint32(at + 8, bytes, true);
    this.#regions[index] = region;
    return bytes;
  }
}

/** Reads `products` frames. What it gives shares no memory with the frame. */
export class ProductsReader {
  readonly #products: readonly AgreedProduct[];
  readonly #subject: string;
  readonly #allocate: AllocateBuffer;
  readonly #onBackend: ((backend: BackendName) => void) | undefined;

  /** @param onBackend is told of each product that a GPU backend has made */
  constructor(
    products: readonly SentProduct[],
    subject: string,
    allocate: AllocateBuffer,
    onBackend?: (backend: BackendName) => void,
  ) {
    this.#products = products.map(agreed);
    this.#subject = subject;
    this.#allocate = allocate;
    this.#onBackend = onBackend;
  }

  /**
   * Puts the products of a frame into `values`, in their order; `undefined` for one that is missing. False where the path
   * was not active. Everything is checked before anything is allocated. Throws `EDMESH_FRAME_INVALID`, and
   * `EDMESH_PRODUCT_INVALID` for a product that its schema refuses.
   */
  read(frame: FrameView, values: unknown[]): boolean {
    const { view, bodyStart, bodyEnd } = frame;
    if (bodyEnd - bodyStart < countBytes) throw this.#invalid(frame, 0, 'no number of products');
    const count = view.getInt32(bodyStart, true);
    if (count === inactive) {
      if (bodyEnd - bodyStart === countBytes) return false;
      throw this.#invalid(frame, countBytes, 'bytes follow a path that was not active');
    }
    this.#check(frame, count);
    let from = bodyStart + metadataBytes(count);
    for (let index = 0; index < count; index += 1) {
      const at = bodyStart + countBytes + index * entryBytes;
      const bytes = view.getUint32(at + 8, true);
      values[index] =
        view.getUint8(at) === missing ? undefined : this.#product(frame, index, from, bytes);
      from += aligned(bytes);
    }
    return true;
  }

  #check(frame: FrameView, count: number): void {
    const { view, bodyStart, bodyEnd } = frame;
    if (count !== this.#products.length) {
      const problem = `${String(count)} products, agreed were ${String(this.#products.length)}`;
      throw this.#invalid(frame, 0, problem);
    }
    const start = bodyStart + metadataBytes(count);
    if (start > bodyEnd) throw this.#invalid(frame, 0, 'the list of products is cut off');
    let end = start;
    for (let index = 0; index < count; index += 1) {
      const at = countBytes + index * entryBytes;
      const problem = this.#entryProblem(view, bodyStart + at, index);
      if (problem !== undefined) {
        throw this.#invalid(frame, at, `${this.#products[index]?.branch ?? ''}: ${problem}`);
      }
      end += aligned(view.getUint32(bodyStart + at + 8, true));
    }
    if (end !== bodyEnd) throw this.#invalid(frame, 0, 'the sizes of products do not add up');
  }

  #entryProblem(view: DataView, at: number, index: number): string | undefined {
    const soaType = this.#products[index]?.soaType;
    const kind = view.getUint8(at);
    const rows = view.getUint32(at + 4, true);
    const bytes = view.getUint32(at + 8, true);
    const backend = view.getUint8(at + 1);
    if (backend > (kind === soa ? backendNames.length : 0) || view.getUint16(at + 2, true) !== 0) {
      return 'made by a backend that is not known here';
    }
    if (kind === missing) return rows === 0 && bytes === 0 ? undefined : 'missing, but has bytes';
    if (kind !== (soaType === undefined ? serialised : soa)) return 'it is of another layout';
    if (soaType !== undefined) {
      return soaType.byteLength(rows) === bytes
        ? undefined
        : `${String(rows)} rows do not take ${String(bytes)} bytes`;
    }
    return rows === 0 && bytes > 0 ? undefined : 'a serialised product has no bytes, or rows';
  }

  #product(frame: FrameView, index: number, from: number, bytes: number): unknown {
    const product = this.#products[index];
    if (product === undefined) return undefined;
    const { branch, type, soaType } = product;
    const region = new Uint8Array(frame.bytes.buffer, frame.bytes.byteOffset + from, bytes);
    if (soaType !== undefined) {
      const buffer = this.#allocate(bytes, type.name);
      new Uint8Array(buffer).set(region);
      const at = this.#entryAt(frame, index);
      const made = soaType.view(buffer, frame.view.getUint32(at + 4, true));
      const number = frame.view.getUint8(at + 1);
      if (number > 0) this.#noteBackend(made, number);
      return made;
    }
    const value = decodeSerialised(region, this.#subject, from);
    const problem = type.problem(value);
    if (problem === undefined) return value;
    throw new EdmeshError(
      'EDMESH_PRODUCT_INVALID',
      `${branch} came from ${this.#subject} but is no ${type.name}: ${problem}`,
      { fields: { branch, subject: this.#subject } },
    );
  }

  #noteBackend(product: object, number: number): void {
    const backend = backendNames[number - 1];
    if (backend === undefined) return;
    noteBackend(product, backend);
    this.#onBackend?.(backend);
  }

  #entryAt(frame: FrameView, index: number): number {
    return frame.bodyStart + countBytes + index * entryBytes;
  }

  #invalid(frame: FrameView, at: number, problem: string): EdmeshError {
    return frameInvalid(this.#subject, frame.bodyStart + at, problem);
  }
}

/** How many products are there in the body of a `products` frame that was written here. */
export function productsIn(body: Uint8Array): number {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const count = body.length < countBytes ? 0 : view.getInt32(0, true);
  let there = 0;
  for (let index = 0; index < count && metadataBytes(index + 1) <= body.length; index += 1) {
    if (view.getUint8(countBytes + index * entryBytes) !== missing) there += 1;
  }
  return there;
}

function metadataBytes(products: number): number {
  return aligned(countBytes + products * entryBytes);
}

function agreed({ branch, type }: SentProduct): AgreedProduct {
  return { branch, type, soaType: isSoAType(type) ? type : undefined };
}

function isSoAType(type: ProductType): type is SoAType {
  return type.layout === 'soa' && 'byteLength' in type && 'view' in type;
}

function rowsOf(value: unknown): number {
  return typeof value === 'object' && value !== null && 'size' in value
    ? Number(value.size)
    : Number.NaN;
}

/** The number in a frame of the backend that has made a product, 0 for the host. */
function backendNumber(product: unknown): number {
  const backend = backendOfProduct(product);
  return backend === undefined ? 0 : 1 + backendNames.indexOf(backend);
}

/** The bytes of an SoA product, as they are. */
function soaBytes(branch: string, type: SoAType, value: unknown): Uint8Array {
  const problem = type.problem(value);
  if (problem !== undefined) throw notSendable(branch, problem);
  const { buffer } = value as { readonly buffer: ArrayBufferLike };
  const rows = rowsOf(value);
  if (buffer.byteLength !== type.byteLength(rows)) {
    throw notSendable(branch, `${String(rows)} rows do not fill its buffer`);
  }
  return new Uint8Array(buffer);
}
