const classes = [
  ...[Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array, BigUint64Array],
  ...[Int8Array, Int16Array, Int32Array, BigInt64Array, Float32Array, Float64Array],
];

/** The prototypes of typed arrays that are sent as what they are; a Buffer has another one. */
export const typedArrayPrototypes: ReadonlySet<unknown> = new Set<unknown>(
  classes.map(({ prototype }) => prototype),
);
