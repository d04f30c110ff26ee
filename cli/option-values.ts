import { wrongOption } from '../edm/index.ts';

/** Each lane is an OS thread of tens of MB; more than this is a slip of the fingers. */
export const threadsMax = 1024;

/** An integer from `min` on, up to `max`. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function optionInteger(option: string, text: string, min: number, max = Infinity): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min || value > max) {
    const range = max === Infinity ? `from ${min} on` : `from ${min} to ${max}`;
    throw wrongOption(option, `'${text}' is not an integer ${range}`);
  }
  return value;
}

/** Such integers with commas between them. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function optionIntegers(
  option: string,
  text: string,
  min: number,
  max = Infinity,
): number[] {
  if (text.trim() === '') {
    throw wrongOption(option, 'the list is empty; write integers with commas between them');
  }
  return text.split(',').map((item) => optionInteger(option, item.trim(), min, max));
}

/** A time in seconds, more than none. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function optionSeconds(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw wrongOption(option, `'${text}' is not a time in seconds`);
  }
  return value;
}
