/** One line of a benchmark: what was measured, and the bar it should pass. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The bar; `null` for a figure that others are compared with. */
  readonly bar: number | null;
  /** Whether more is better; less is, unless said otherwise. */
  readonly moreIsBetter?: boolean;
}

/** Whether a row passes its bar. */
function passes({ value, bar, moreIsBetter = false }: Row): boolean {
  if (bar === null) return true;
  return moreIsBetter ? value >= bar : value <= bar;
}

/** Rows as JSON for machines. */
export function rowsJson(rows: readonly Row[]): string {
  const plain = rows.map((row) => {
    const { name, value, unit, bar } = row;
    return { name, value, unit, bar, pass: passes(row) };
  });
  return JSON.stringify({ rows: plain }, null, 2);
}

/** Rows as a table for people. */
export function rowsTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { name, value, unit, bar, moreIsBetter } = row;
    const limit = bar === null ? '' : `${moreIsBetter === true ? '≥' : '≤'} ${figure(bar)} ${unit}`;
    return [
      name,
      figure(value),
      unit,
      limit,
      bar === null ? '' : passes(row) ? 'pass' : 'FALLS SHORT',
    ];
  });
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...cells.map((line) => (line[column] ?? '').length)),
  );
  return cells
    .map(([name = '', value = '', unit = '', bar = '', verdict = '']) =>
      [
        name.padEnd(widths[0] ?? 0),
        value.padStart(widths[1] ?? 0),
        unit.padEnd(widths[2] ?? 0),
        bar.padEnd(widths[3] ?? 0),
        verdict,
      ]
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function figure(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
