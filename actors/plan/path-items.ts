import type { ProcessData } from '../../edm/index.ts';
import type { PathOperation } from './plan.ts';

/** A module on a path, before labels are resolved to nodes. */
export interface PathItem {
  readonly label: string;
  readonly operation: PathOperation;
}

/** Reads an item of a path: `label`, `!label` (negated filter) or `-label` (ignored filter). */
function parseItem(text: string): PathItem {
  if (text.startsWith('!')) return { label: text.slice(1), operation: 'negate' };
  if (text.startsWith('-')) return { label: text.slice(1), operation: 'ignore' };
  return { label: text, operation: 'take' };
}

/** An entry of a table by label; not what every object has, such as `constructor`. */
export function ownEntry<T>(table: Readonly<Record<string, T>>, label: string): T | undefined {
  return Object.hasOwn(table, label) ? table[label] : undefined;
}

/** The label among `known` that a mistyped one probably means, as a hint, or nothing. */
export function didYouMean(wrong: string, known: Iterable<string>): string {
  let best = '';
  let bestDistance = Math.max(2, Math.floor(wrong.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wrong.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best === '' ? '' : `; did you mean '${best}'?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * The modules of a path in order, sequences expanded. Unknown names, negated sequences and sequences that contain
 * themselves are added to `problems`.
 */
export function expandPath(
  data: ProcessData,
  name: string,
  items: readonly string[],
  problems: string[],
): PathItem[] {
  const expanded: PathItem[] = [];
  const open: string[] = [];
  const visit = (texts: readonly string[], where: string): void => {
    for (const text of texts) {
      const item = parseItem(text);
      const sequence = ownEntry(data.sequences, item.label);
      if (ownEntry(data.modules, item.label) !== undefined) expanded.push(item);
      else if (sequence === undefined) {
        const known = [...Object.keys(data.modules), ...Object.keys(data.sequences)];
        problems.push(
          `${where}: no module or sequence '${item.label}'${didYouMean(item.label, known)}`,
        );
      } else if (item.operation !== 'take') {
        problems.push(`${where}: '${text}' negates or ignores a sequence; only a filter can be`);
      } else if (open.includes(item.label)) {
        problems.push(`${where}: sequence '${item.label}' contains itself`);
      } else {
        open.push(item.label);
        visit(sequence, `sequence ${item.label}`);
        open.pop();
      }
    }
  };
  visit(items, name);
  return expanded;
}
