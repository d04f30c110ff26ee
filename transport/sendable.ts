import { largestDepth, largestItemCount } from './cbor-scan.ts';

const typedArrays = [
  ...[Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array, BigUint64Array],
  ...[Int8Array, Int16Array, Int32Array, BigInt64Array, Float32Array, Float64Array],
];
/** The prototypes of typed arrays that arrive as what they are; a Buffer has another one. */
const typedArrayPrototypes = new Set<unknown>(typedArrays.map(({ prototype }) => prototype));

const largestUnsigned = 2n ** 64n;
const byteOrderMark = 0xfeff;
const loneSurrogate = /\p{Surrogate}/u;

/**
 * Looks through a value before it is encoded, for what would not arrive as it is. One is reused for many values, each
 * looked at on its own.
 */
export class SendableCheck {
  /** Whether the value that was looked at last holds a -0, which the short forms of numbers do not keep. */
  hasNegativeZero = false;
  #items = 0;

  /** What speaks against a value, with where it is in it, or `undefined`. */
  problem(value: unknown): string | undefined {
    this.hasNegativeZero = false;
    this.#items = 0;
    const problem = this.#look(value, 0);
    return problem === undefined ? undefined : `the value${problem}`;
  }

  #look(value: unknown, depth: number): string | undefined {
    if (++this.#items > largestItemCount) return tooMany;
    switch (typeof value) {
      case 'number':
        if (value === 0 && 1 / value < 0) this.hasNegativeZero = true;
        return undefined;
      case 'string':
        return textProblem(value);
      case 'bigint':
        return value < largestUnsigned && value > -largestUnsigned
          ? undefined
          : ' is a bigint of more than 64 bits';
      case 'boolean':
      case 'undefined':
        return undefined;
      case 'object':
        return value === null ? undefined : this.#lookInto(value, depth);
      default:
        return ` is a ${typeof value}`;
    }
  }

  #lookInto(value: object, depth: number): string | undefined {
    if (depth === largestDepth)
      return ` is nested deeper than ${String(largestDepth)}, or in itself`;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return this.#object(value, depth + 1);
    if (prototype === Array.prototype && Array.isArray(value)) return this.#array(value, depth + 1);
    if (typedArrayPrototypes.has(prototype)) return undefined;
    if (prototype === Date.prototype && value instanceof Date) {
      return namesProblem(value) ?? dateProblem(value);
    }
    if (prototype === Map.prototype && value instanceof Map) {
      return namesProblem(value) ?? this.#map(value, depth + 1);
    }
    if (prototype === Set.prototype && value instanceof Set) {
      return namesProblem(value) ?? this.#set(value, depth + 1);
    }
    if (value instanceof Uint8Array) return ' is a Buffer: send a Uint8Array';
    return prototype === null
      ? ' is an object without a prototype: send a plain object'
      : ` is ${named(value)}, which would not arrive as one`;
  }

  #object(value: object, depth: number): string | undefined {
    const keys = Object.keys(value);
    if (Object.getOwnPropertyNames(value).length !== keys.length || hasSymbols(value)) {
      return ' has a property that is hidden';
    }
    for (const key of keys) {
      this.#items += 1;
      const problem =
        key === '__proto__'
          ? ' is a property that is not sent'
          : (textProblem(key) ?? this.#look((value as Record<string, unknown>)[key], depth));
      if (problem !== undefined) return `.${key}${problem}`;
    }
    return undefined;
  }

  #array(value: readonly unknown[], depth: number): string | undefined {
    if (value.length > largestItemCount) return tooMany;
    if (Object.keys(value).length !== value.length) return ' is an array with holes or names';
    for (let index = 0; index < value.length; index += 1) {
      const element = value[index];
      const problem =
        element === undefined && !(index in value) ? ' is a hole' : this.#look(element, depth);
      if (problem !== undefined) return `[${String(index)}]${problem}`;
    }
    return undefined;
  }

  #map(value: ReadonlyMap<unknown, unknown>, depth: number): string | undefined {
    for (const [key, element] of value) {
      const problem = this.#look(key, depth) ?? this.#look(element, depth);
      if (problem !== undefined) return `, in a Map,${problem}`;
    }
    return undefined;
  }

  #set(value: ReadonlySet<unknown>, depth: number): string | undefined {
    for (const element of value) {
      const problem = this.#look(element, depth);
      if (problem !== undefined) return `, in a Set,${problem}`;
    }
    return undefined;
  }
}

const tooMany = ` makes more than ${String(largestItemCount)} values: use an SoA type or typed arrays`;

function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0;
}

function namesProblem(value: object): string | undefined {
  return Object.keys(value).length > 0
    ? ` is ${named(value)} that has properties besides`
    : undefined;
}

/** Text goes as UTF-8, whose decoder drops a mark at the start. */
function textProblem(text: string): string | undefined {
  if (text.charCodeAt(0) === byteOrderMark) return ' is text that begins with a byte order mark';
  return loneSurrogate.test(text) ? ' is text with half a surrogate pair' : undefined;
}

/** Dates are sent as seconds. */
function dateProblem(value: Date): string | undefined {
  const ms = value.getTime();
  return Number.isNaN(ms) || Math.round((ms / 1000) * 1000) === ms
    ? undefined
    : ' is a date that seconds cannot say';
}

function named(value: object): string {
  const { constructor } = value;
  return typeof constructor === 'function' && constructor.name !== ''
    ? `an object of class ${constructor.name}`
    : 'an object of a class';
}
