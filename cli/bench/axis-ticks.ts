/** Round positions on an axis: multiples of 1, 2 or 5 times a power of ten, about `wanted` of them. */
export function axisTicks(low: number, high: number, wanted: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => rounded((first + i) * step));
}

/** A tick as text: `20`, `0.5`, `1.2M`. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return value.toExponential().replace('e+', 'e');
  if (size >= 1e6) return `${rounded(value / 1e6)}M`;
  if (size >= 1e4) return `${rounded(value / 1e3)}k`;
  return String(value);
}

function rounded(value: number): number {
  return Number(value.toPrecision(10));
}
