/** A copy of `array` with room for at least `needed` elements (doubling), or `array` itself where it has that already. */
export function grownFloat32(array: Float32Array, needed: number): Float32Array {
  if (needed <= array.length) return array;
  const larger = new Float32Array(Math.max(needed, 2 * array.length));
  larger.set(array);
  return larger;
}

/** As {@link grownFloat32}, of unsigned integers. */
export function grownUint32(array: Uint32Array, needed: number): Uint32Array {
  if (needed <= array.length) return array;
  const larger = new Uint32Array(Math.max(needed, 2 * array.length));
  larger.set(array);
  return larger;
}
