import { tickText } from './bench/axis-ticks.ts';

/** What all pictures have in common. */
const commonStyle = `
  text { font-family: "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; fill: #24292f }
  .page { font-size: 18px; font-weight: 600 }
  .title { font-size: 13.5px; font-weight: 600 }
  .tick { font-size: 10.5px; fill: #57606a }
  .axis { font-size: 11.5px; fill: #24292f }
  .grid { stroke: #e6e9ed; stroke-width: 1 }
  .frame { fill: none; stroke: #8c959f; stroke-width: 1 }`;

/** An SVG page: its size in pixels, its title, and rules of style that come after the common ones. */
export interface SvgPage {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly style: string;
}

/** The edges of a plot on its page, in pixels. */
export interface PlotFrame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A whole SVG file: white, with its title at the top. The title is escaped here, the body is drawn as it is. */
export function svgPage(page: SvgPage, body: readonly string[]): string {
  const { width, height, title, style } = page;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<style>${commonStyle}${style}\n</style>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text class="page" x="24" y="34">${escaped(title)}</text>`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

/** Vertical lines with their numbers below the plot; `x` gives the place of a value. */
export function verticalGrid(
  ticks: readonly number[],
  x: (value: number) => number,
  { top, bottom }: PlotFrame,
): string[] {
  return ticks.map(
    (tick) =>
      `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${bottom}"/>` +
      `<text class="tick" x="${x(tick)}" y="${bottom + 15}" text-anchor="middle">${tickText(tick)}</text>`,
  );
}

/** Horizontal lines with their numbers left of the plot; `y` gives the place of a value. */
export function horizontalGrid(
  ticks: readonly number[],
  y: (value: number) => number,
  { left, right }: PlotFrame,
): string[] {
  return ticks.map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/>` +
      `<text class="tick" x="${left - 6}" y="${fixed(y(tick) + 3.5)}" text-anchor="end">${tickText(tick)}</text>`,
  );
}

/** A coordinate with two decimals, which are enough for the eye. */
export function fixed(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Text in XML: reserved characters as entities, characters that XML cannot hold left out. */
export function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  // eslint-disable-next-line no-control-regex -- these are the characters that XML forbids
  const allowed = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
  return allowed
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
