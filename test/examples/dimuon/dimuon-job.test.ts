/** The dimuon job from file to report; on the real data its figures are computed again here, without the framework. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import {
  createJob,
  defaultJobOptions,
  nodeEnvironment,
  type JobOptions,
  type JobReport,
} from '../../../actors/index.ts';
import { silentLogger, type ProcessOptions } from '../../../edm/index.ts';
import dimuon from '../../../examples/dimuon/dimuon.config.ts';

const data = process.env.EDMESH_DATA ?? '';

async function run(
  parameters: Readonly<Record<string, unknown>>,
  options: Partial<JobOptions> = {},
  processOptions: Partial<ProcessOptions> = {},
): Promise<JobReport> {
  const { data: configured, types } = dimuon.configure(parameters);
  const definition = {
    data: { ...configured, options: { ...configured.options, ...processOptions } },
    types,
  };
  return createJob(
    definition,
    { ...defaultJobOptions, ...options },
    nodeEnvironment(silentLogger),
  ).run();
}

const histogram = z.object({ counts: z.array(z.number()) });
const massSummary = z.object({
  events: z.number(),
  pairs: z.number(),
  meanMass: z.number(),
  mass: histogram,
});
const runSummary = z.object({
  runs: z.number(),
  blocks: z.number(),
  events: z.number(),
  eventsByRun: z.record(z.string(), z.number()),
  massByRun: z.record(z.string(), histogram),
});
const massOf = (report: JobReport, label: string) =>
  massSummary.parse(report.modules[label]?.summary);
const runsOf = (report: JobReport) => runSummary.parse(report.modules.runHistograms?.summary);

/** A table of pairs back to back with these masses, in a temporary folder. */
function tableOf(
  rows: readonly { run: number; mass: number; signs?: readonly number[] }[],
): string {
  const folder = mkdtempSync(join(tmpdir(), 'edmesh-dimuon-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines = rows.map(({ run: number, mass, signs = [1, -1] }, index) => {
    const [half, [first, second]] = [mass / 2, signs];
    return [number, index, half, half, 0, 0, first, half, -half, 0, 0, second].join(',');
  });
  const file = join(folder, 'pairs.csv');
  const header = 'Run,Event,E1,px1,py1,pz1,Q1,E2,px2,py2,pz2,Q2';
  writeFileSync(file, [header, ...lines, ''].join('\n'));
  return file;
}

describe('a small table', () => {
  const input = () =>
    tableOf([
      { run: 8, mass: 90.5 },
      { run: 8, mass: 70.5 },
      { run: 9, mass: 90.5, signs: [1, 1] },
      { run: 8, mass: 119.5 },
      { run: 8, mass: 20 },
    ]);

  it.each([1, 3])('goes through both paths (%i EDM streams)', async (streams) => {
    const report = await run({ input: input() }, { streams });
    expect(report.errors).toEqual([]);
    expect(report.exitCode).toBe(0);
    expect(report.events).toBe(5);
    expect(report.paths.window).toMatchObject({ run: 5, pass: 3, fail: 2 });
    expect(report.paths.peak).toMatchObject({ run: 5, pass: 1, fail: 4 });
    expect(report.modules.oppositeSign).toMatchObject({ run: 5, passed: 4, rejected: 1 });
    const all = massOf(report, 'allMass');
    expect(all).toMatchObject({ events: 5, pairs: 5 });
    expect(all.meanMass).toBeCloseTo((90.5 + 70.5 + 90.5 + 119.5 + 20) / 5, 9);
    const filled = all.mass.counts.flatMap((count, bin) => (count > 0 ? [[bin, count]] : []));
    expect(filled).toEqual([
      [0, 1],
      [11, 1],
      [31, 2],
      [60, 1],
    ]);
    expect(massOf(report, 'peakMass').pairs).toBe(1);
  });

  it('opens a run again for each block, and merges by run number', async () => {
    const report = await run({ input: input() }, { streams: 2 });
    expect(report.transitions).toMatchObject({ beginRun: 3, endRun: 3, beginLumi: 3 });
    const runs = runsOf(report);
    expect(runs).toMatchObject({ runs: 2, blocks: 3, events: 5 });
    expect(runs.eventsByRun).toEqual({ 8: 4, 9: 1 });
    expect(runs.massByRun['8']?.counts.reduce((sum, count) => sum + count)).toBe(4);
    expect(runs.massByRun['9']?.counts[31]).toBe(1);
  });

  it('has the same products whatever the number of EDM streams', async () => {
    const file = input();
    const reports = [];
    for (const [streams, preload] of [
      [1, false],
      [4, false],
      [2, true],
    ] as const) {
      reports.push(await run({ input: file, preload }, { streams, digest: true }));
    }
    expect(reports[0]?.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(reports.map(({ digest }) => digest)).size).toBe(1);
  });

  it('that is missing or lacks columns ends the job with its name', async () => {
    const missing = await run({ input: 'nowhere/pairs.csv' });
    expect(missing.exitCode).toBe(8020);
    expect(missing.errors[0]?.message).toContain('nowhere/pairs.csv: it does not exist');
    const file = tableOf([]);
    writeFileSync(file, 'Run,Event\n1,1\n');
    const lacking = await run({ input: file });
    expect(lacking.exitCode).toBe(8021);
    expect(lacking.errors[0]?.message).toContain("no column 'E1'");
  });

  it.each([true, false])(
    'with a row that cannot be read follows the policy (preload %s)',
    async (preload) => {
      const file = input();
      const lines = readFileSync(file, 'utf8').split('\n');
      lines[2] = lines[2]!.replace('35.25', 'many');
      writeFileSync(file, lines.join('\n'));
      const message = `${file}, line 3: column E1: 'many' is not a number`;
      const stopped = await run({ input: file, preload });
      expect(stopped.exitCode).toBe(8016);
      expect(stopped.errors[0]?.message).toBe(message);

      const options = { tryToContinue: ['EventCorruption'] };
      const report = await run({ input: file, preload }, {}, options);
      expect(report.exitCode).toBe(0);
      expect(report.events).toBe(5);
      expect(report.errors.map((error) => error.message)).toContain(message);
      expect(massOf(report, 'allMass').pairs).toBe(4);
      expect(runsOf(report).eventsByRun).toMatchObject({ 9: 1 });
    },
  );

  it('must be named', () => {
    expect(() => dimuon.configure({})).toThrow(/input: name the table to read: -p input=/);
    expect(() => dimuon.configure({ input: 'a.root' })).toThrow(/must end in \.csv or \.parquet/);
  });
});

// There is no real data where EDMESH_DATA is not set.
describe.skipIf(data === '')('CMS open data', () => {
  const csv = join(data, 'cms/Zmumu_Run2011A_masses.csv');

  it.each([
    [1, false],
    [2, true],
  ])('CSV with %i EDM streams, preload %s', async (streams, preload) => {
    const [header = '', ...lines] = readFileSync(csv, 'utf8').trim().split('\n');
    const names = header.split(',');
    const counts = new Array<number>(62).fill(0);
    const countsOfRun = new Map<string, number>();
    let sum = 0;
    let peak = 0;
    for (const line of lines) {
      const cells = line.split(',');
      const cell = (name: string): number => Number(cells[names.indexOf(name)]);
      const total = (name: string): number => cell(`${name}1`) + cell(`${name}2`);
      const squared = total('E') ** 2 - total('px') ** 2 - total('py') ** 2 - total('pz') ** 2;
      const mass = cell('M');
      expect(Math.abs(mass - Math.sqrt(squared))).toBeLessThan(0.01);
      counts[mass < 60 ? 0 : mass >= 120 ? 61 : Math.floor(mass) - 59]!++;
      countsOfRun.set(cells[0]!, (countsOfRun.get(cells[0]!) ?? 0) + 1);
      if (mass >= 81 && mass < 101) peak++;
      sum += mass;
    }

    const report = await run({ input: csv, preload }, { streams });
    expect(report.errors).toEqual([]);
    expect(report.events).toBe(10_851);
    const all = massOf(report, 'allMass');
    expect(all).toMatchObject({ events: 10_851, pairs: 10_851 });
    expect(all.mass.counts).toEqual(counts);
    expect(all.meanMass).toBeCloseTo(sum / lines.length, 6);
    expect(report.paths.window).toMatchObject({ run: 10_851, pass: 10_851 });
    expect(report.paths.peak).toMatchObject({ pass: peak, fail: 10_851 - peak });

    const runs = runsOf(report);
    expect(runs).toMatchObject({ runs: 19, blocks: 26, events: 10_851 });
    expect(report.transitions.beginRun).toBe(26);
    expect(new Map(Object.entries(runs.eventsByRun))).toEqual(countsOfRun);
    const masses = Object.values(runs.massByRun);
    expect(masses).toHaveLength(19);
    const added = counts.map((_, bin) =>
      masses.reduce((total, mass) => total + (mass.counts[bin] ?? 0), 0),
    );
    expect(added).toEqual(counts);
  });

  it('Parquet, with muons in lists', async () => {
    const report = await run({ input: join(data, 'cms/Run2012B_SingleMu-1000.parquet') });
    expect(report.errors).toEqual([]);
    const all = massOf(report, 'allMass');
    expect(all.events).toBe(1000);
    expect(all.pairs).toBeGreaterThan(100);
    expect(all.pairs).toBeLessThan(1000);
    expect(runsOf(report)).toMatchObject({ runs: 2, events: 1000 });
  });
});
