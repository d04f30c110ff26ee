import type { EdmeshError } from 'edmesh';
import { allocateParticles, type McParticles } from './mc-particles.ts';

/** Makes the error of a field of a file. */
export type FieldError = (field: string, problem: string) => EdmeshError;

const table = 'montecarlo.particles';

/**
 * Reads the true particles of a VELO event in JSON: rows whose columns `description` names, `hits` with indices of hits.
 * Flags are numbers or booleans. There is no z of the origin in these files: it becomes NaN.
 *
 * @param hitCount the number of hits of the event
 * @param fail makes the error to throw, where a column is missing or a cell is of the wrong kind
 */
export function readParticles(
  description: unknown,
  particles: unknown,
  hitCount: number,
  fail: FieldError,
): McParticles {
  if (!Array.isArray(description)) throw fail('montecarlo.description', 'expected an array');
  const names: readonly unknown[] = description;
  const placeOf = (label: string): number => {
    const place = names.indexOf(label);
    if (place < 0) throw fail('montecarlo.description', `no column '${label}'`);
    return place;
  };
  const rows = rowsOf(particles, fail);
  const lists = hitLists(rows, placeOf('hits'), hitCount, fail);
  const found = allocateParticles(
    rows.length,
    lists.reduce((sum, { length }) => sum + length, 0),
  );
  lists.forEach((list, index) => {
    const start = found.hitStart[index] ?? 0;
    found.hitIds.set(list, start);
    found.hitStart[index + 1] = start + list.length;
  });
  for (const label of ['key', 'pid'] as const) {
    const [column, place] = [found[label], placeOf(label)];
    rows.forEach((row, index) => {
      column[index] = numberIn(row[place], label, index, fail);
      if (column[index] === row[place]) return;
      throw fail(`${table}[${String(index)}].${label}`, 'not an integer of 32 bits');
    });
  }
  for (const label of ['p', 'pt', 'eta', 'phi', 'charge'] as const) {
    const [column, place] = [found[label], placeOf(label)];
    rows.forEach((row, index) => {
      column[index] = numberIn(row[place], label, index, fail);
    });
  }
  for (const label of ['isLong', 'hasVelo'] as const) {
    const [column, place] = [found[label], placeOf(label)];
    rows.forEach((row, index) => {
      const cell = row[place];
      const set = typeof cell === 'boolean' ? cell : numberIn(cell, label, index, fail) !== 0;
      column[index] = set ? 1 : 0;
    });
  }
  found.originZ.fill(NaN);
  return found;
}

function rowsOf(particles: unknown, fail: FieldError): readonly (readonly unknown[])[] {
  if (!Array.isArray(particles)) throw fail(table, 'expected an array');
  const rows: readonly unknown[] = particles;
  return rows.map((row, index) => {
    if (Array.isArray(row)) return row as readonly unknown[];
    throw fail(`${table}[${String(index)}]`, 'expected an array');
  });
}

function hitLists(
  rows: readonly (readonly unknown[])[],
  place: number,
  hitCount: number,
  fail: FieldError,
): readonly (readonly number[])[] {
  const isHit = (hit: unknown): hit is number =>
    Number.isInteger(hit) && Number(hit) >= 0 && Number(hit) < hitCount;
  return rows.map((row, index) => {
    const list: unknown = row[place];
    const field = `${table}[${String(index)}].hits`;
    if (!Array.isArray(list)) throw fail(field, 'expected an array of numbers');
    const hits: readonly unknown[] = list;
    if (!hits.every(isHit)) throw fail(field, 'there is no such hit');
    return hits;
  });
}

function numberIn(cell: unknown, label: string, index: number, fail: FieldError): number {
  if (typeof cell === 'number' && Number.isFinite(cell)) return cell;
  throw fail(`${table}[${String(index)}].${label}`, 'not a number');
}
