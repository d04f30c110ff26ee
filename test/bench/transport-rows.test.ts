import { describe, expect, it } from 'vitest';
import { rowsJson } from '../../bench/rows.ts';
import { transportRows, type TransportFigures } from '../../bench/transport-rows.ts';

const figures: TransportFigures = {
  carried: [
    {
      size: { name: '1 MB', bytes: 1_000_000, bar: 0.85 },
      rates: { job: [200, 270], compared: [300, 240] },
    },
  ],
  roundTrip: { job: [2000, 2500], compared: [3000, 4000] },
  tiny: { job: [41_000, 30_000], compared: [100_000, 80_000] },
  journaled: { job: [30_000, 36_900], compared: [41_000, 30_000] },
  replayed: { job: [90_000, 99_000], compared: [150_000, 140_000] },
  packets: [900_000, 990_000],
  offloaded: { job: [700, 760], compared: [800, 790] },
  idle: undefined,
  rounds: 2,
};

interface Verdict {
  readonly name: string;
  readonly value: number;
  readonly pass: boolean;
}

function verdicts(of: TransportFigures): Map<string, Verdict> {
  const { rows } = JSON.parse(rowsJson(transportRows(of))) as { readonly rows: readonly Verdict[] };
  return new Map(rows.map((row) => [row.name, row]));
}

describe('the rows about the transport', () => {
  it('compare the best rounds of jobs and of what they stand beside', () => {
    const rows = verdicts(figures);
    expect(rows.get('products of 1 MB')).toMatchObject({ value: 270 });
    expect(rows.get('products over bare, 1 MB')).toMatchObject({ value: 0.9, pass: true });
    expect(rows.get('round trip of an event')).toMatchObject({ value: 400 });
    expect(rows.get('round trip over bare')).toMatchObject({ value: 1.6, pass: false });
    expect(rows.get('tiny events')).toMatchObject({ value: 41_000, pass: true });
    expect(rows.get('tiny events over bare')).toMatchObject({ value: 0.41, pass: true });
    expect(rows.get('with a journal over without')).toMatchObject({ value: 0.9, pass: true });
    expect(rows.get('replay over it')).toMatchObject({ value: 0.66, pass: true });
    expect(rows.get('replay over that')).toMatchObject({ value: 0.1, pass: false });
    expect(rows.get('velo JSON, tracks in another process, over alone')).toMatchObject({
      value: 0.95,
      pass: true,
    });
  });

  it('leave out what was not measured', () => {
    expect([...verdicts(figures).keys()].filter((name) => name.includes('idle'))).toEqual([]);
  });
});
