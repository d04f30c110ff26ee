import type { ParameterRow } from './parameter-rows.ts';
import { textTable, wrapText } from './text-table.ts';

const width = 100;

/** Parameters as a text table: name, type, default, description. */
export function parameterTable(rows: readonly ParameterRow[]): string {
  const columns = [
    { title: 'parameter' },
    { title: 'type' },
    { title: 'default' },
    { title: 'description' },
  ];
  const head = rows.map(({ name, type, defaultValue, required }) => [
    name,
    type,
    defaultValue ?? (required ? 'required' : ''),
  ]);
  const used = [0, 1, 2].reduce(
    (sum, i) =>
      sum + 2 + Math.max(columns[i]?.title.length ?? 0, ...head.map((row) => row[i]?.length ?? 0)),
    2,
  );
  const cells = rows.flatMap(({ description }, i) => {
    const [first = '', ...more] = wrapText(description, Math.max(30, width - used));
    return [[...(head[i] ?? []), first], ...more.map((line) => ['', '', '', line])];
  });
  return textTable(columns, cells);
}
