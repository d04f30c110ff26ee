import { axisTicks } from './axis-ticks.ts';
import type { BenchPoint } from './bench-points.ts';
import type { BenchResult } from './bench-result.ts';
import { countText } from '../number-text.ts';
import { escaped, fixed, horizontalGrid, svgPage, verticalGrid } from '../svg-page.ts';

const page = { width: 860, height: 480 };
const frame = { left: 76, right: 640, top: 78, bottom: 424 };
const legend = { left: 664, top: 92, line: 22, swatch: 28 };

/** Colours that people with any colour vision tell apart; more lines than colours begin anew. */
const colors = [
  '#2f6fb3',
  '#d1641d',
  '#2f8f6b',
  '#a9488f',
  '#8a6d1b',
  '#4fa3d1',
  '#c23b3b',
  '#57606a',
];

const style = `
  .under { font-size: 12px; fill: #57606a }
  .line { fill: none; stroke-width: 1.8; stroke-linejoin: round }
  .range { stroke-width: 1.2; fill: none }
  .ideal { stroke-width: 1.3; stroke-dasharray: 6 4; stroke-opacity: 0.75; fill: none }
  .key { font-size: 12px }`;

/** Points that one line joins. */
interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly BenchPoint[];
  /** Where it would be if throughput grew with the threads, as (EDM streams, events/s). */
  /** Empty where its points are all of one number of EDM streams: there is no line to draw. */
  readonly ideal: readonly (readonly [number, number])[];
}

/** Throughput against EDM streams on one SVG page: a line for each number of threads, and where ideal scaling would be. */
export function benchPage(result: BenchResult): string {
  const { points, process, host, options } = result;
  const title = `${process}: throughput against EDM streams`;
  const machine = `${host.model === '' ? '' : `${host.model}, `}${countText(host.cpus, 'core')}`;
  const under = `median of ${countText(options.repeat, 'run')}; ${machine}, Node ${host.node}`;
  const all = seriesOf(points);
  const body = points.length === 0 ? [nothing()] : [...plot(all), ...legendOf(all, points)];
  return svgPage({ ...page, style, title }, [
    `<text class="under" x="24" y="56">${escaped(under)}</text>`,
    ...body,
  ]);
}

function nothing(): string {
  return `<text class="axis" x="${frame.left}" y="${frame.top + 40}">nothing was measured</text>`;
}

/** Points by threads; one line through all where every number of threads has as many EDM streams. */
function seriesOf(points: readonly BenchPoint[]): Series[] {
  const [first] = points;
  if (first === undefined) return [];
  const perThread = first.eventsPerSecond.median / first.threads;
  const counts = [...new Set(points.map(({ threads }) => threads))];
  if (counts.length > 1 && points.every(({ threads, streams }) => threads === streams)) {
    const ideal = counts.map((count) => [count, count * perThread] as const);
    return [{ name: 'EDM streams = threads', color: colorAt(0), points, ideal }];
  }
  const most = Math.max(...points.map(({ streams }) => streams));
  return counts.map((count, i) => {
    const own = points.filter(({ threads }) => threads === count);
    const least = Math.min(...own.map(({ streams }) => streams));
    const ends = least === most ? [] : [least, most];
    const ideal = ends.map((streams) => [streams, count * perThread] as const);
    return { name: countText(count, 'thread'), color: colorAt(i), points: own, ideal };
  });
}

function colorAt(index: number): string {
  return colors[index % colors.length] ?? '';
}

function plot(all: readonly Series[]): string[] {
  const points = all.flatMap((series) => series.points);
  const tops = [
    ...points.map(({ eventsPerSecond }) => eventsPerSecond.max),
    ...all.flatMap(({ ideal }) => ideal.map(([, rate]) => rate)),
  ];
  const high = Math.max(...tops) * 1.08 || 1;
  const wide = Math.max(...points.map(({ streams }) => streams)) * 1.06;
  const x = (streams: number) => fixed(frame.left + (streams / wide) * (frame.right - frame.left));
  const y = (rate: number) => fixed(frame.bottom - (rate / high) * (frame.bottom - frame.top));
  const middle = { x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2 };
  const { left, right, top, bottom } = frame;
  return [
    ...verticalGrid(streamTicks(points, x), x, frame),
    ...horizontalGrid(axisTicks(0, high, 6), y, frame),
    ...all
      .filter(({ ideal }) => ideal.length > 0)
      .map(({ color, ideal }) => joined('ideal', color, ideal, x, y)),
    ...all.flatMap((series) => drawn(series, x, y)),
    `<rect class="frame" x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/>`,
    `<text class="axis" x="${middle.x}" y="${bottom + 38}" text-anchor="middle">EDM streams (events in flight)</text>`,
    `<text class="axis" transform="translate(22 ${middle.y}) rotate(-90)" text-anchor="middle">throughput (events/s)</text>`,
  ];
}

type Scale = (value: number) => number;

/** The numbers of EDM streams that were measured; those whose text would touch the one before are left out. */
function streamTicks(points: readonly BenchPoint[], x: Scale): number[] {
  const counts = points.map(({ streams }) => streams).sort((a, b) => a - b);
  return counts.reduce<number[]>((ticks, count) => {
    const before = ticks.at(-1);
    return before === undefined || x(count) - x(before) >= 22 ? [...ticks, count] : ticks;
  }, []);
}

function joined(
  name: string,
  color: string,
  points: readonly (readonly [number, number])[],
  x: Scale,
  y: Scale,
): string {
  const places = points.map(([streams, rate]) => `${x(streams)},${y(rate)}`).join(' ');
  return `<polyline class="${name}" stroke="${color}" points="${places}"/>`;
}

/** The medians, joined, each with its range. */
function drawn({ color, points }: Series, x: Scale, y: Scale): string[] {
  const medians = points.map(({ streams, eventsPerSecond }) => {
    return [streams, eventsPerSecond.median] as const;
  });
  return [
    ...points.map(({ streams, eventsPerSecond: { min, max } }) =>
      max > min ? range(x(streams), y(min), y(max), color) : '',
    ),
    joined('line', color, medians, x, y),
    ...medians.map(
      ([streams, rate]) => `<circle cx="${x(streams)}" cy="${y(rate)}" r="3.6" fill="${color}"/>`,
    ),
  ];
}

function range(x: number, low: number, high: number, color: string): string {
  const caps = [low, high].map((y) => `M${fixed(x - 4)} ${y}H${fixed(x + 4)}`).join('');
  return `<path class="range" stroke="${color}" d="M${x} ${low}V${high}${caps}"/>`;
}

function legendOf(all: readonly Series[], points: readonly BenchPoint[]): string[] {
  const grey = '#57606a';
  const ranged = points.some(({ eventsPerSecond: { min, max } }) => max > min);
  const { left, top, line, swatch } = legend;
  const half = left + swatch / 2;
  const stroke = (name: string, color: string, y: number) =>
    `<path class="${name}" stroke="${color}" d="M${left} ${y}H${left + swatch}"/>`;
  const keys = [
    ...all.map(({ name, color }) => ({
      name,
      draw: (y: number) =>
        `${stroke('line', color, y)}<circle cx="${half}" cy="${y}" r="3.6" fill="${color}"/>`,
    })),
    ...(all.some(({ ideal }) => ideal.length > 0)
      ? [{ name: 'ideal scaling', draw: (y: number) => stroke('ideal', grey, y) }]
      : []),
    ...(ranged
      ? [{ name: 'min to max of runs', draw: (y: number) => range(half, y + 7, y - 7, grey) }]
      : []),
  ];
  return keys.map(({ name, draw }, i) => {
    const y = top + i * line;
    return `${draw(y)}<text class="key" x="${left + swatch + 8}" y="${y + 4}">${escaped(name)}</text>`;
  });
}
