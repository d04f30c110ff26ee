/** What repeated runs become: statistics, a table, a picture. */
import { describe, expect, it } from 'vitest';
import { benchPoints, spreadOf } from '../../cli/bench/bench-points.ts';
import { benchPage } from '../../cli/bench/bench-svg.ts';
import { benchTable, rateText } from '../../cli/bench/bench-table.ts';
import { processedLine, readProcessedLine } from '../../cli/cluster/machine-lines.ts';
import { sampleReport } from './sample-report.ts';
import { sampleResult, sampleRuns } from './sample-runs.ts';

describe('the machine-read line', () => {
  it('is read as it is written, the last one of several', () => {
    const early = processedLine(sampleReport({ events: 1 }));
    const line = processedLine(sampleReport());
    expect(readProcessedLine(`a module says\n${early}more\n${line}`)).toEqual({
      events: 12_345,
      seconds: 2.5,
      eventsPerSecond: 4938,
      cpuPercentPerThread: 80,
    });
    const none = processedLine(sampleReport({ events: 0, wallSeconds: 0, eventsPerSecond: 0 }));
    expect(readProcessedLine(none)).toMatchObject({ events: 0, eventsPerSecond: 0 });
  });

  it('may be missing or broken', () => {
    expect(readProcessedLine('')).toBeUndefined();
    expect(readProcessedLine('Processed 5 events in a while\n')).toBeUndefined();
    const broken = processedLine(sampleReport()).replace('4938', 'x');
    expect(readProcessedLine(broken)).toBeUndefined();
  });
});

describe('points of a scan', () => {
  it('have median, range, scaling and efficiency', () => {
    const runs = [...sampleRuns(4, 8, [330, 270, 300]), ...sampleRuns(1, 1, [90, 110, 100])];
    expect(benchPoints(runs)).toEqual([
      {
        ...{ threads: 1, streams: 1, runs: 3, scaling: 1, efficiency: 1 },
        eventsPerSecond: { median: 100, min: 90, max: 110 },
        cpuPercentPerThread: 91,
        peakRssBytes: 102 * 2 ** 20,
      },
      {
        ...{ threads: 4, streams: 8, runs: 3, scaling: 3, efficiency: 0.75 },
        eventsPerSecond: { median: 300, min: 270, max: 330 },
        cpuPercentPerThread: 91,
        peakRssBytes: 102 * 2 ** 20,
      },
    ]);
  });

  it('scale against the first one, whatever its threads', () => {
    const points = benchPoints([...sampleRuns(4, 4, [300]), ...sampleRuns(2, 2, [200])]);
    expect(points.map(({ scaling, efficiency }) => [scaling, efficiency])).toEqual([
      [1, 1],
      [1.5, 0.75],
    ]);
  });

  it('know no scaling against nothing, and no memory that nobody measured', () => {
    const unknown = { peakRssBytes: null };
    const points = benchPoints([...sampleRuns(1, 1, [0], unknown), ...sampleRuns(1, 2, [5])]);
    expect(points.map(({ scaling }) => scaling)).toEqual([null, null]);
    expect(points.map(({ peakRssBytes }) => peakRssBytes)).toEqual([null, 100 * 2 ** 20]);
    expect(benchTable('TEST', points)).toMatch(/ 0\.00 +0\.00–0\.00 +– +– +90\.0 % +–\n/);
    expect(benchPoints([])).toEqual([]);
  });

  it('take the mean of the two in the middle', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
  });
});

describe('the table of a scan', () => {
  it('shows the points and says what they are scaled against', () => {
    const runs = [...sampleRuns(1, 1, [900, 1100, 1000]), ...sampleRuns(2, 2, [1800, 1500, 1600])];
    const text = benchTable('TEST', benchPoints(runs));
    expect(text).toContain('TEST: events/s is the median, scaling is against 1 thread, 1 EDM str');
    expect(text).toMatch(/ 1 +1 +3 +1,000 +900–1,100 +1\.00 +100\.0 % +91\.0 % +102 MiB\n/);
    expect(text).toMatch(/ 2 +2 +3 +1,600 +1,500–1,800 +1\.60 +80\.0 % +91\.0 % +102 MiB\n/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('is not there where nothing was measured', () => {
    expect(benchTable('TEST', [])).toBe('');
  });

  it('shows decimals of small rates', () => {
    expect([1234.56, 100, 56.34, 9.876, 0].map(rateText)).toEqual([
      '1,235',
      '100',
      '56.3',
      '9.88',
      '0.00',
    ]);
  });
});

describe('the picture of a scan', () => {
  const count = (svg: string, part: string) => svg.split(part).length - 1;

  it('has a line and an ideal one for each number of threads, and ranges', () => {
    const svg = benchPage(
      sampleResult([
        ...sampleRuns(1, 2, [100, 110]),
        ...sampleRuns(1, 4, [120]),
        ...sampleRuns(2, 2, [190, 200]),
        ...sampleRuns(2, 4, [230]),
      ]),
    );
    expect(count(svg, '<polyline class="line"')).toBe(2);
    expect(count(svg, '<polyline class="ideal"')).toBe(2);
    // two points with several runs, and the one of the legend
    expect(count(svg, '<path class="range"')).toBe(3);
    for (const text of ['>1 thread<', '>2 threads<', '>ideal scaling<', 'throughput (events/s)']) {
      expect(svg).toContain(text);
    }
    expect(svg).toContain('Model &amp; Sons, 4 cores, Node v20.0.0');
    expect(svg).toMatch(/>2<\/text>(.|\n)*>4<\/text>/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('joins points with as many EDM streams as threads', () => {
    const runs = [1, 2, 4].flatMap((each) => sampleRuns(each, each, [100 * each]));
    const svg = benchPage(sampleResult(runs));
    expect(count(svg, '<polyline class="line"')).toBe(1);
    expect(svg).toContain('EDM streams = threads');
    const places = (name: string) => new RegExp(`class="${name}".*points="(.*)"`).exec(svg)?.[1];
    expect(places('ideal')).toBe(places('line'));
    expect(svg).not.toContain('min to max');
  });

  it('names ideal scaling only where it has a line', () => {
    const runs = [...sampleRuns(1, 4, [100, 110]), ...sampleRuns(2, 4, [190])];
    const svg = benchPage(sampleResult(runs));
    expect(svg).not.toContain('ideal scaling');
    expect(count(svg, '<polyline class="ideal"')).toBe(0);
    expect(svg).toContain('>2 threads<');
  });

  it.each([
    ['nothing', []],
    ['one point', sampleRuns(1, 1, [5])],
    ['no events', sampleRuns(1, 1, [0, 0])],
  ])('draws %s too', (_what, runs) => {
    const svg = benchPage(sampleResult(runs));
    expect(svg).toMatch(/<\/svg>\n$/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg.includes('nothing was measured')).toBe(runs.length === 0);
  });
});
