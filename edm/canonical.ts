import { createHash } from 'node:crypto';
import { Encoder } from 'cbor-x/index-no-eval';

/** Plain data: what JSON can say. Process definitions and parameters are of this kind. */
export type PlainData =
  string | number | boolean | null | readonly PlainData[] | { readonly [key: string]: PlainData };

const encoder = new Encoder({ useRecords: false, tagUint8Array: true });

/** The same value with the keys of every object in code-point order, so that equal data have equal bytes. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value instanceof Map) {
    return new Map([...value].map(([key, each]) => [key, sorted(each)] as const).sort(byKey));
  }
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return Object.fromEntries(entries.sort(byKey).map(([key, each]) => [key, sorted(each)]));
  }
  return value;
}

function byKey(a: readonly [unknown, unknown], b: readonly [unknown, unknown]): number {
  const [left, right] = [String(a[0]), String(b[0])];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** CBOR bytes of a value with sorted keys: equal values give equal bytes, in any process. */
export function canonicalBytes(value: unknown): Uint8Array {
  return encoder.encode(sorted(value));
}

/** JSON text of plain data with sorted keys. */
export function canonicalJson(value: PlainData): string {
  return JSON.stringify(sorted(value));
}

/** The first 128 bits of the SHA-256 of text or bytes, as 32 hexadecimal digits. */
export function hash128(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 32);
}
