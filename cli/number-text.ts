/** A number as people read it: thousands apart, three or four significant digits where it is not whole. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-3) return value.toExponential(3);
  const digits = Math.max(0, 3 - Math.floor(Math.log10(size)));
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(digits, 6) });
}

/** A number of things: `1 thread`, `2 threads`. */
export function countText(count: number, what: string): string {
  return `${numberText(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** A part of a whole in percent, with one decimal; with more of them where nearly everything would look like all. */
export function percentText(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = (100 * part) / whole;
  const text = percent.toFixed(1);
  return `${text === '100.0' && part < whole ? percent.toFixed(3) : text} %`;
}

/** A time: `0.52 s`, `12.3 s`, `4 min 07 s`, `2 h 05 min`. */
export function durationText(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** A size in bytes: `87 MiB`, `8.6 MiB`, `640 KiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return countText(bytes, 'byte');
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KiB`;
  const mebibytes = bytes / 2 ** 20;
  if (mebibytes < 9.95) return `${mebibytes.toFixed(1)} MiB`;
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
