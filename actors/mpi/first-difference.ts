import type { ProductType, SoAType } from '../../edm/index.ts';

/** Where two products differ. */
export interface ProductDifference {
  /** Column of an SoA product, or the way to a value in another one, such as `.tracks[3].chi2`; empty: the whole. */
  readonly column: string;
  /** Row, where rows differ. */
  readonly index: number | undefined;
  /** What is there now, and what was there then, as text. */
  readonly now: string;
  readonly then: string;
}

const longestText = 60;

/** The first difference of two products of a type; `undefined` where they are equal. A product that is missing is `undefined`. */
export function firstDifference(
  type: ProductType,
  now: unknown,
  then: unknown,
): ProductDifference | undefined {
  if (now === undefined || then === undefined) {
    if (now === then) return undefined;
    const said = (value: unknown): string => (value === undefined ? 'no product' : 'a product');
    return { column: '', index: undefined, now: said(now), then: said(then) };
  }
  return isSoA(type) ? soaDifference(type, now, then) : valueDifference('', now, then);
}

function soaDifference(type: SoAType, now: unknown, then: unknown): ProductDifference | undefined {
  const [here, there] = [fieldsOf(now), fieldsOf(then)];
  const [rowsNow, rowsThen] = [Number(here.size), Number(there.size)];
  for (const column of Object.keys(type.columns)) {
    const [a, b] = [rowsIn(here[column]), rowsIn(there[column])];
    const rows = Math.min(rowsNow, rowsThen);
    for (let index = 0; index < rows; index++) {
      if (Object.is(a[index], b[index])) continue;
      return { column, index, now: text(a[index]), then: text(b[index]) };
    }
  }
  if (rowsNow === rowsThen) return undefined;
  const [nowText, thenText] = [`${String(rowsNow)} rows`, `${String(rowsThen)} rows`];
  return { column: '', index: Math.min(rowsNow, rowsThen), now: nowText, then: thenText };
}

function valueDifference(way: string, now: unknown, then: unknown): ProductDifference | undefined {
  if (Object.is(now, then)) return undefined;
  const differ = { column: way, index: undefined, now: text(now), then: text(then) };
  if (typeof now !== 'object' || typeof then !== 'object' || now === null || then === null) {
    return differ;
  }
  if (Object.getPrototypeOf(now) !== Object.getPrototypeOf(then)) return differ;
  if (now instanceof Date && then instanceof Date) {
    return now.getTime() === then.getTime() ? undefined : differ;
  }
  if (now instanceof Set || now instanceof Map) {
    return valueDifference(way, entriesOf(now), entriesOf(then));
  }
  const [here, there] = [fieldsOf(now), fieldsOf(then)];
  const isList = Array.isArray(now) || ArrayBuffer.isView(now);
  const keys = new Set([...Object.keys(here), ...Object.keys(there)]);
  for (const key of keys) {
    const next = isList ? `${way}[${key}]` : `${way}.${key}`;
    const has = [Object.hasOwn(here, key), Object.hasOwn(there, key)];
    if (has[0] !== has[1]) {
      const said = (there: boolean | undefined, value: unknown) =>
        there ? text(value) : 'nothing';
      return {
        ...{ column: next, index: undefined },
        ...{ now: said(has[0], here[key]), then: said(has[1], there[key]) },
      };
    }
    const found = valueDifference(next, here[key], there[key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSoA(type: ProductType): type is SoAType {
  return type.layout === 'soa' && 'columns' in type;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function rowsIn(column: unknown): ArrayLike<unknown> {
  return ArrayBuffer.isView(column) && 'length' in column
    ? (column as unknown as ArrayLike<unknown>)
    : [];
}

function entriesOf(value: unknown): unknown[] {
  return value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : [];
}

function text(value: unknown): string {
  const said = wholeText(value);
  return said.length <= longestText ? said : `${said.slice(0, longestText - 1)}…`;
}

function wholeText(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return `${String(value)}n`;
    case 'string':
      return value;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'object':
      return ArrayBuffer.isView(value)
        ? `${String(value.byteLength)} bytes`
        : JSON.stringify(value, plain);
    default:
      return typeof value === 'boolean' ? String(value) : typeof value;
  }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
