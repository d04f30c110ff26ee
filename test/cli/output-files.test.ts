/** Report and histograms as files. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { axisTicks, tickText } from '../../cli/bench/axis-ticks.ts';
import { collectHistograms, histogramsJson, writeHistograms } from '../../cli/histogram-files.ts';
import { histogramStatistics } from '../../cli/histogram-statistics.ts';
import { histogramPage } from '../../cli/histogram-svg.ts';
import { prepareOutput } from '../../cli/output-files.ts';
import { escaped } from '../../cli/svg-page.ts';
import { reportJson, writeReport } from '../../cli/run/write-report.ts';
import { errorReport } from '../../cli/run/failed-report.ts';
import { createHistogram } from '../../edm/index.ts';
import { moduleReport, sampleHistogram, sampleReport } from './sample-report.ts';
import { scratchFolder } from './scratch-folder.ts';
import { xmlProblem } from './xml-problem.ts';

const folder = scratchFolder();

describe('the report', () => {
  it('is JSON with everything, and says when', () => {
    const report = sampleReport({
      modules: {
        m: moduleReport('M', 1, {
          big: 2n ** 70n,
          map: new Map([['a', 1]]),
          array: new Float32Array([0.5]),
        }),
      },
      errors: [errorReport(new Error('x'))],
    });
    const json: unknown = JSON.parse(reportJson(report, new Date(0), false));
    expect(json).toMatchObject({
      process: 'TEST',
      events: 12_345,
      generatedAt: '1970-01-01T00:00:00.000Z',
      modules: { m: { summary: { big: '1180591620717411303424', map: { a: 1 }, array: [0.5] } } },
    });
    expect(JSON.stringify(json)).not.toContain('output-files.test.ts');
    expect(reportJson(report, new Date(0), true)).toContain('output-files.test.ts');
  });

  it('is written into a folder that is made for it', async () => {
    const file = `${folder.path}/new/deep/report.json`;
    await prepareOutput(file);
    expect(existsSync(file)).toBe(false);
    await writeReport(file, sampleReport(), { stacks: false });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ exitCode: 0 });
  });

  it('that cannot be written is an error with the file', async () => {
    const expected = { code: 'EDMESH_FILE_WRITE', exitCode: 8033 };
    const blocked = folder.write('blocked', 'a file');
    for (const file of [folder.path, `${blocked}/r.json`, '/proc/nowhere/deep/r.json']) {
      await expect(prepareOutput(file)).rejects.toMatchObject(expected);
      await expect(writeReport(file, sampleReport(), { stacks: false })).rejects.toThrow(file);
    }
  });
});

describe('histograms', () => {
  it('are found anywhere in the summaries', () => {
    const report = {
      modules: {
        a: moduleReport('A', 1, sampleHistogram('direct')),
        b: moduleReport('B', 1, { list: [sampleHistogram('first')], none: null, number: 1 }),
      },
    };
    expect(collectHistograms(report).map(({ name }) => name)).toEqual(['a', 'b/list/0']);
  });

  it('are written as JSON', () => {
    expect(JSON.parse(histogramsJson('P', collectHistograms(sampleReport())))).toEqual({
      process: 'P',
      histograms: [
        {
          name: 'slow/plots/mass',
          title: 'mass',
          unit: 'GeV',
          bins: 4,
          low: 0,
          high: 8,
          underflow: 1,
          overflow: 2,
          entries: 8,
          counts: [1, 3, 0, 1],
        },
      ],
    });
    expect(histogramStatistics(sampleHistogram())).toMatchObject({ entries: 8, mean: 3.4 });
  });

  it.each([0, 1, 2, 5, 12])('%i of them are drawn on one page', (count) => {
    const empty = createHistogram('empty', { bins: 1, low: -1, high: 1 });
    const titles = ['a < b & "c"', "it's > \u0007 \ud800", 'x'.repeat(300)];
    const list = Array.from({ length: count }, (_, i) => ({
      name: `label/${titles[i % 3] ?? ''}`,
      histogram: i % 4 === 3 ? empty : sampleHistogram(titles[i % 3], '<GeV>'),
    }));
    const svg = histogramPage('P & Q', list);
    expect(xmlProblem(svg)).toBeUndefined();
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg.match(/class="frame"/g) ?? []).toHaveLength(count);
  });

  it('escape what XML reserves and drop what it forbids', () => {
    expect(escaped(`<a b="c" d='e'>&\u0000\ud800`)).toBe(
      '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\ufffd',
    );
  });

  it('have round ticks', () => {
    expect(axisTicks(60, 120, 6)).toEqual([60, 70, 80, 90, 100, 110, 120]);
    expect(axisTicks(-0.05, 0.05, 5)).toEqual([-0.04, -0.02, 0, 0.02, 0.04]);
    expect(axisTicks(3, 3, 5)).toEqual([3]);
    expect([0, 0.5, 1500, 25_000, 3e6, 4e9].map(tickText)).toEqual([
      '0',
      '0.5',
      '1500',
      '25k',
      '3M',
      '4e9',
    ]);
  });

  it('are written by the ending of the file', async () => {
    await writeHistograms(`${folder.path}/h.svg`, sampleReport());
    await writeHistograms(`${folder.path}/h.json`, sampleReport());
    expect(readFileSync(`${folder.path}/h.svg`, 'utf8')).toContain('12,345 events');
    expect(readFileSync(`${folder.path}/h.json`, 'utf8')).toContain('"slow/plots/mass"');
  });
});
