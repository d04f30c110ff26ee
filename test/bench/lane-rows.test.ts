import { describe, expect, it } from 'vitest';
import { peakRssIn, throughputIn } from '../../bench/command-runs.ts';
import { laneRows, type LaneFigures } from '../../bench/lane-rows.ts';
import { rowsJson, rowsTable } from '../../bench/rows.ts';

const job = {
  rate: { one: [400, 500, 450], two: [900, 700, 950] },
  memory: { one: [100e6, 400e6, 110e6], two: [150e6, 90e6, 170e6] },
};

const figures: LaneFigures = {
  json: job,
  demo: { rate: { one: [100], two: [180] }, memory: { one: [100e6, 110e6], two: [160e6, 180e6] } },
  chain: { one: [310_000, 290_000], two: [500_000, 540_000] },
  streamed: [120_000, 149_000],
  startup: { one: [300, 280], two: [420, 450] },
  arithmetic: { one: [50, 49], two: [90, 98] },
  plainDemo: { one: [110], two: [209] },
};

interface Verdict {
  readonly name: string;
  readonly value: number;
  readonly bar: number | null;
  readonly pass: boolean;
}

/** Value and verdict of every row by its name, as a machine reads them. */
function verdicts(of: LaneFigures): Map<string, Verdict> {
  const { rows } = JSON.parse(rowsJson(laneRows(of))) as { readonly rows: readonly Verdict[] };
  return new Map(rows.map((row) => [row.name, row]));
}

describe('the rows about lanes', () => {
  it('compare the best rounds of two lanes and of one, each with its bar', () => {
    const rows = verdicts(figures);
    expect(rows.get('velo JSON, 2 lanes over 1')).toMatchObject({
      value: 1.9,
      bar: 1.85,
      pass: true,
    });
    expect(rows.get('demo, 2 lanes over 1')).toMatchObject({ value: 1.8, bar: 1.85, pass: false });
    expect(rows.get('chain20, 1 lane')).toMatchObject({ value: 310_000, bar: 300_000, pass: true });
    expect(rows.get('chain20, 2 lanes over 1')).toMatchObject({ bar: 1.7, pass: true });
    expect(rows.get('chain20 streamed, 2 lanes')).toMatchObject({
      ...{ value: 149_000, bar: 150_000, pass: false },
    });
    expect(rows.get('start-up of a second lane')).toMatchObject({
      value: 140,
      bar: 150,
      pass: true,
    });
  });

  it('compare the median memory, whose best is no better than its worst', () => {
    const rows = verdicts(figures);
    expect(rows.get('memory of a second lane, velo JSON')).toMatchObject({
      ...{ value: 40, bar: 60, pass: true },
    });
    expect(rows.get('memory of a second lane, demo')).toMatchObject({ value: 65, pass: false });
  });

  it('say without a bar what the machine gives', () => {
    const rows = verdicts(figures);
    expect(rows.get('two threads over one, plain loop')).toMatchObject({ value: 1.96, bar: null });
    expect(rows.get('two threads over one, demo without framework')).toMatchObject({
      value: 1.9,
      bar: null,
    });
    expect(rowsTable(laneRows(figures))).toMatch(/^velo JSON, 1 lane +500 +events\/s$/m);
  });

  it('leave out the events in JSON where there are none', () => {
    const names = [...verdicts({ ...figures, json: undefined }).keys()];
    expect(names).not.toHaveLength(0);
    expect(names.filter((name) => name.includes('JSON'))).toEqual([]);
  });
});

describe('what a job tells', () => {
  it('is the throughput of its last machine-read line', () => {
    const line = (rate: string): string =>
      `Processed 10 events in 1.000000e-1 seconds, throughput ${rate} events/s, CPU usage per thread: 99.0%\n`;
    expect(throughputIn(`Processing 10 events.\n${line('50')}${line('1.5e+6')}`)).toBe(1_500_000);
    expect(() => throughputIn('Processing 10 events.\n')).toThrow('named no throughput');
    expect(() => throughputIn(line('0'))).toThrow('named no throughput');
  });

  it('is the peak memory that any of its threads saw', () => {
    expect(peakRssIn('1000\n2000\n1500\n')).toBe(2_048_000);
    expect(() => peakRssIn('')).toThrow('did not tell its memory');
  });
});
