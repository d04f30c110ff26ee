/**
 * The names of backends that make products on a GPU, or in place of one. Their order is that of their numbers in frames:
 * add to the end only.
 */
export const backendNames = ['cuda', 'tfjs-node-gpu', 'webgpu', 'wasm', 'cpu'] as const;

/** The name of a backend. */
export type BackendName = (typeof backendNames)[number];

const backends = new WeakMap<object, BackendName>();
/** Where nothing was ever made by a backend, nobody looks. */
let isUsed = false;

/** Notes that a backend has made a product, or what it is a copy of. */
export function noteBackend(product: object, backend: BackendName): void {
  isUsed = true;
  backends.set(product, backend);
}

/** The backend that has made a product; nothing where the host has. */
export function backendOfProduct(product: unknown): BackendName | undefined {
  if (!isUsed || typeof product !== 'object' || product === null) return undefined;
  return backends.get(product);
}
