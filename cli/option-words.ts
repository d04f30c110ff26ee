import { wrongOption } from '../edm/index.ts';

/**
 * A text cut into words as a shell does: at white space; quotes keep it, single ones everything as it is; a backslash keeps
 * the next character. Throws `EDMESH_COMMAND_LINE` that names the option where a quote does not end.
 */
export function optionWords(option: string, text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    let character = text.charAt(i);
    if (quote === '' && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (character === quote || (quote === '' && (character === '"' || character === "'"))) {
      quote = quote === '' ? character : '';
      word ??= '';
      continue;
    }
    const next = text.charAt(i + 1);
    const escapes = quote === '' || (quote === '"' && (next === '"' || next === '\\'));
    if (character === '\\' && escapes) {
      if (next === '') throw wrongOption(option, `${text}: there is nothing after the last \\`);
      character = next;
      i++;
    }
    word = (word ?? '') + character;
  }
  if (quote !== '') throw wrongOption(option, `${text}: a ${quote} has no end`);
  return word === undefined ? words : [...words, word];
}
