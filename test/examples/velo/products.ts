import { RawEvent, type Columns, type SoA, type SoAType } from '../../../index.ts';
import type { Allocator } from '../../../examples/velo/product-views.ts';

/** Products on memory of their own. */
export const allocator: Allocator = {
  allocate<C extends Columns>(type: SoAType<C>, size: number): SoA<C> {
    return type.view(new ArrayBuffer(type.byteLength(size)), size);
  },
};

/** The bytes of a raw event as the product of a source. */
export function rawEventOf(bytes: Uint8Array): RawEvent {
  const raw = allocator.allocate(RawEvent, bytes.length);
  raw.bytes.set(bytes);
  return raw;
}
