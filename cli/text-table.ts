/** A column of a text table. */
export interface TextColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/**
 * Rows in aligned columns under their titles and a rule, every line indented by two. Columns whose cells and title are all
 * empty are left out.
 */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string => {
    const padded = columns.map(({ align }, i) => {
      const cell = cells[i] ?? '';
      const width = widths[i] ?? 0;
      return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return `  ${padded.join('  ')}`.trimEnd();
  };
  const rule = widths.map((width) => '─'.repeat(width));
  const titles = columns.map(({ title }) => title);
  return [titles, rule, ...rows].map((cells) => `${line(cells)}\n`).join('');
}

/** A text broken at spaces into lines of at most `width` characters; a longer word stays whole. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
