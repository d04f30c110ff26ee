import { viewTypes } from './shared-values.ts';

/**
 * Whether a value comes out of structured clone as it went in: plain objects and arrays, typed arrays, and what is no
 * object; no function, symbol or instance of a class. Cycles are fine.
 */
export function isPlainData(value: unknown): boolean {
  const seen = new Set<object>();
  const open: object[] = [];
  const enter = (each: unknown): boolean => {
    if (typeof each !== 'object' || each === null) {
      return typeof each !== 'function' && typeof each !== 'symbol';
    }
    if (!seen.has(each)) open.push(each);
    seen.add(each);
    return true;
  };
  if (!enter(value)) return false;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const prototype: unknown = Object.getPrototypeOf(next);
    if (ArrayBuffer.isView(next)) {
      if (!viewTypes.some((type) => type.prototype === prototype)) return false;
    } else {
      const plain = Array.isArray(next) ? Array.prototype : Object.prototype;
      if (prototype !== plain || !Object.values(next).every(enter)) return false;
    }
  }
  return true;
}
