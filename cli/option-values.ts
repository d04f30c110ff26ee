import { wrongOption } from '../edm/index.ts';

/** An integer from `min` on. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function optionInteger(option: string, text: string, min: number): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
    throw wrongOption(option, `'${text}' is not an integer from ${min} on`);
  }
  return value;
}

/** Integers from `min` on, with commas between them. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function optionIntegers(option: string, text: string, min: number): number[] {
  if (text.trim() === '') {
    throw wrongOption(option, 'the list is empty; write integers with commas between them');
  }
  return text.split(',').map((item) => optionInteger(option, item.trim(), min));
}

/** A time in seconds, more than none. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function optionSeconds(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw wrongOption(option, `'${text}' is not a time in seconds`);
  }
  return value;
}
