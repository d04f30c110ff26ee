import type { Histogram } from '../edm/index.ts';
import { axisTicks } from './bench/axis-ticks.ts';
import type { NamedHistogram } from './histogram-files.ts';
import { histogramStatistics } from './histogram-statistics.ts';
import { numberText } from './number-text.ts';
import { escaped, fixed, horizontalGrid, svgPage, verticalGrid } from './svg-page.ts';

const panel = { width: 440, height: 320, left: 62, right: 18, top: 44, bottom: 52 };
const plot = {
  width: panel.width - panel.left - panel.right,
  height: panel.height - panel.top - panel.bottom,
};
const header = 52;

const style = `
  .name { font-size: 10.5px; fill: #6e7781 }
  .fill { fill: #2f6fb3; fill-opacity: 0.22 }
  .line { fill: none; stroke: #2f6fb3; stroke-width: 1.5; stroke-linejoin: miter }
  .box { fill: #ffffff; fill-opacity: 0.86; stroke: #d0d7de }`;

/** All histograms on one SVG page, in a grid. */
export function histogramPage(title: string, histograms: readonly NamedHistogram[]): string {
  const columns = Math.max(1, Math.min(histograms.length <= 4 ? 2 : 3, histograms.length));
  const rows = Math.max(1, Math.ceil(histograms.length / columns));
  const width = columns * panel.width;
  const height = header + rows * panel.height;
  const panels = histograms.map(({ name, histogram }, i) => {
    const x = (i % columns) * panel.width;
    const y = header + Math.floor(i / columns) * panel.height;
    return `<g transform="translate(${x} ${y})">\n${drawn(name, histogram)}\n</g>`;
  });
  const nothing = `<text class="axis" x="${panel.left}" y="${header + 40}">no histograms</text>`;
  return svgPage({ width, height, style, title }, panels.length === 0 ? [nothing] : panels);
}

function drawn(name: string, histogram: Histogram): string {
  const { title, unit, bins, low, high, counts } = histogram;
  const inside = counts.slice(1, bins + 1);
  const statistics = statisticsLines(histogram);
  const ceiling = ceilingOf(inside, statistics.length);
  const scale = {
    x: (value: number) => fixed(panel.left + ((value - low) / (high - low)) * plot.width),
    y: (value: number) => fixed(panel.top + plot.height * (1 - value / ceiling)),
  };
  const bottom = panel.top + plot.height;
  const right = panel.left + plot.width;
  const frame = { left: panel.left, right, top: panel.top, bottom };
  const steps = inside.map((count, bin) => {
    const edge = low + ((high - low) * (bin + 1)) / bins;
    return `V${scale.y(Math.max(0, count))}H${scale.x(edge)}`;
  });
  const outline = `M${panel.left} ${bottom}${steps.join('')}V${bottom}`;
  const middle = fixed(panel.top + plot.height / 2);
  const perBin = `entries / ${numberText((high - low) / bins)}${unit === '' ? '' : ` ${unit}`}`;
  return [
    `<text class="title" x="${panel.left}" y="20">${escaped(shortened(title, 50))}</text>`,
    `<text class="name" x="${panel.left}" y="36">${escaped(shortened(name, 64))}</text>`,
    ...verticalGrid(axisTicks(low, high, 6), scale.x, frame),
    ...horizontalGrid(axisTicks(0, ceiling, 5), scale.y, frame),
    `<path class="fill" d="${outline}Z"/>`,
    `<path class="line" d="${outline}"/>`,
    `<rect class="frame" x="${panel.left}" y="${panel.top}" width="${plot.width}" height="${plot.height}"/>`,
    unit === ''
      ? ''
      : `<text class="axis" x="${right}" y="${bottom + 34}" text-anchor="end">${escaped(unit)}</text>`,
    `<text class="axis" transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle">${escaped(perBin)}</text>`,
    statisticsBox(statistics, inside),
  ].join('\n');
}

const box = { width: 124, line: 14, margin: 8 };

/** Entries, mean and deviation, as names and values. */
function statisticsLines(histogram: Histogram): readonly (readonly [string, string])[] {
  const { entries, mean, deviation, underflow, overflow } = histogramStatistics(histogram);
  const text = (value: number) => (Number.isNaN(value) ? '–' : numberText(value));
  return [
    ['entries', text(entries)],
    ['mean', text(mean)],
    ['std dev', text(deviation)],
    ...(underflow === 0 ? [] : [['underflow', text(underflow)] as const]),
    ...(overflow === 0 ? [] : [['overflow', text(overflow)] as const]),
  ];
}

/** The largest counts below the box of statistics, were it on the left or on the right. */
function corners(inside: readonly number[]): { readonly left: number; readonly right: number } {
  const third = Math.ceil((inside.length * (box.width + 2 * box.margin)) / plot.width);
  return { left: Math.max(...inside.slice(0, third)), right: Math.max(...inside.slice(-third)) };
}

/** The upper end of the axis: a little above all counts, and above the box where both corners are full. */
function ceilingOf(inside: readonly number[], lines: number): number {
  const top = Math.max(0, ...inside);
  if (top === 0) return 1;
  const { left, right } = corners(inside);
  const free = 1 - (box.line * lines + 3 * box.margin) / plot.height;
  return Math.max(top * 1.08, Math.min(left, right) / free);
}

/** The box of statistics, in the upper corner where less is drawn. */
function statisticsBox(
  lines: readonly (readonly [string, string])[],
  inside: readonly number[],
): string {
  const { left, right } = corners(inside);
  const { width, margin } = box;
  const height = margin + box.line * lines.length;
  const x = right <= left ? panel.left + plot.width - width - margin : panel.left + margin;
  const rows = lines.map(([key, value], i) => {
    const y = panel.top + 8 + 15 + 14 * i - 1;
    return (
      `<text class="tick" x="${x + 8}" y="${y}">${key}</text>` +
      `<text class="tick" x="${x + width - 8}" y="${y}" text-anchor="end">${value}</text>`
    );
  });
  const frame = `<rect class="box" x="${x}" y="${panel.top + 8}" width="${width}" height="${height}" rx="3"/>`;
  return [frame, ...rows].join('\n');
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
