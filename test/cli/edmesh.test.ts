/**
 * The built command from end to end: what a shell sees of runs, failures and signals. Configs are written to a folder
 * outside the repository; error places are those of their lines.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runWithSignals, type SignalAfter } from './built-command.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();

/** Runs the command; `signals` are sent when the given text has come. */
const edmesh = (args: readonly string[], signals: readonly SignalAfter[] = []) =>
  runWithSignals(folder.path, args, signals);

const report = (name: string) =>
  JSON.parse(readFileSync(`${folder.path}/${name}`, 'utf8')) as Readonly<Record<string, unknown>>;

const small = folder.write(
  'small.config.ts',
  `import { createHistogram, defineAnalyzer, defineProcess, defineProducer, defineProduct } from 'edmesh';
import { EmptySource, fillHistogram, z } from 'edmesh';

const Count = defineProduct('Count', z.number());
const Make = defineProducer({
  type: 'Make',
  description: 'puts a random count',
  parameters: z.object({
    mean: z.number().default(3).describe('mean of the counts'),
    delayMs: z.number().default(0),
    failAt: z.int().default(-1),
    strayAt: z.int().default(-1),
  }),
  construct(context, { mean, delayMs, failAt, strayAt }) {
    const token = context.produces(Count);
    return {
      acquire(event, _setup, holder) {
        if (event.event === strayAt) setTimeout(() => { throw new Error('stray'); }, 0);
        if (delayMs === 0) holder.done();
        else setTimeout(() => holder.done(), delayMs);
      },
      produce(event) {
        if (event.event === failAt) throw new RangeError('no luck');
        event.put(token, event.random.poisson(mean));
      },
    };
  },
});
const Look = defineAnalyzer({
  type: 'Look',
  description: 'fills a histogram',
  construct(context) {
    const token = context.consumes(Count, 'make');
    const counts = createHistogram('counts', { bins: 10, low: 0, high: 10 });
    return {
      analyze: (event) => fillHistogram(counts, event.get(token)),
      endJob: () => ({ counts }),
    };
  },
});
export default defineProcess({
  name: 'SMALL',
  description: 'counts things',
  parameters: z.object({
    events: z.int().default(50).describe('how many there are'),
    validation: z.boolean().default(false),
  }),
  configure({ events, validation }) {
    if (events === 13) throw new Error('unlucky');
    return {
      source: EmptySource({ events }),
      modules: { make: Make(), look: Look() },
      paths: { main: ['make'] },
      endPaths: validation ? { check: ['look'] } : {},
    };
  },
});
`,
);

/** The line of the small config in which a text stands. */
const lineOf = (text: string): number =>
  1 +
  readFileSync(small, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text));

describe('edmesh run', () => {
  it('runs a job, says so in two lines and a summary, and writes its files', async () => {
    const files = [
      '--report',
      'out/r.json',
      '--histograms',
      'out/h.svg',
      '--histograms',
      'out/h.json',
    ];
    const { status, out, err } = await edmesh(['run', small, '--validation', '--digest', ...files]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const lines = out.split('\n');
    expect(lines[0]).toBe('Processing 50 events, with 1 concurrent events and 1 threads.');
    expect(lines[1]).toMatch(/^Processed 50 events in \S+ seconds, throughput \S+ events\/s, CPU/);
    expect(out).toMatch(/SMALL: 50 events(.|\n)*make +Make +50(.|\n)*report +out\/r\.json/);
    const written = report('out/r.json');
    expect(written).toMatchObject({ process: 'SMALL', exitCode: 0, events: 50, errors: [] });
    expect(written).toMatchObject({ modules: { look: { run: 50, summary: { counts: {} } } } });
    expect(written.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(report('out/h.json').histograms).toMatchObject([{ name: 'look/counts', entries: 50 }]);
    expect(readFileSync(`${folder.path}/out/h.svg`, 'utf8')).toContain('</svg>');
  });

  it('takes options and parameters', async () => {
    const { status, out } = await edmesh([
      ...['run', small, '-p', 'events=30', '--set', 'make.mean=7', '--max-events', '70'],
      ...['--skip-events', '2', '--warmup-events', '5', '--streams', '3', '--quiet'],
    ]);
    expect(status).toBe(0);
    expect(out).toMatch(
      /^Processing 70 events, after 5 events of warm up, with 3 concurrent events and 1 threads\.\nProcessed 70 /,
    );
    expect(out.trim().split('\n')).toHaveLength(2);
  });

  it('runs for a time', async () => {
    const args = ['run', small, '--run-for', '0.3', '--set', 'make.delayMs=1', '--quiet'];
    const { status, out } = await edmesh(args);
    expect(status).toBe(0);
    expect(out).toMatch(/^Processing for about 0\.3 seconds, with/);
    const seconds = Number(/ in (\S+) seconds, through/.exec(out)?.[1]);
    expect(seconds).toBeGreaterThan(0.25);
    expect(seconds).toBeLessThan(3);
  });

  it('checks without running', async () => {
    const good = await edmesh(['run', small, '--validate-only']);
    expect(good).toMatchObject({ status: 0, err: '' });
    expect(good.out).toContain('process SMALL is valid, 2 modules');
    const bad = await edmesh(['run', small, '--validate-only', '--set', 'make.mean=much']);
    expect(bad.status).toBe(73);
    expect(bad.err).toContain('make.mean');
  });

  it('runs the source alone', async () => {
    const { status } = await edmesh(['run', small, '--empty', '--report', 'empty.json', '--quiet']);
    expect(status).toBe(0);
    expect(report('empty.json')).toMatchObject({ events: 50, modules: {}, paths: {} });
  });

  it('shows the parameters of the config in its help', async () => {
    const { status, out } = await edmesh(['run', small, '--help']);
    expect(status).toBe(0);
    expect(out).toMatch(/--max-events(.|\n)*Examples:(.|\n)*Process SMALL: counts things/);
    expect(out).toMatch(/events +integer +50 +how many there are/);
  });
});

describe('what goes wrong', () => {
  it('in a module: status, place in the config, no stack, and the report', async () => {
    const args = ['run', small, '--set', 'make.failAt=7', '--report', 'failed.json'];
    const { status, out, err } = await edmesh(args);
    expect(status).toBe(66);
    expect(err).toMatch(/StdException \(exit code 8002(.|\n)*no luck\n(.|\n)*in module make/);
    expect(err).toContain(`at ${small}:${lineOf('no luck')}:`);
    expect(err).not.toContain('    at ');
    expect(out).not.toContain('Processed');
    expect(report('failed.json')).toMatchObject({ exitCode: 8002, transitions: { endJob: 1 } });
    const debug = await edmesh([...args, '--log-level', 'debug']);
    expect(debug.err).toMatch(/ {4}at .*small\.config\.ts:\d+:\d+/);
  });

  it('in nobody’s hands: drained and reported', async () => {
    const args = ['run', small, '--set', 'make.strayAt=7', '--set', 'make.delayMs=5', '--quiet'];
    const { status, err } = await edmesh(args);
    expect(status).toBe(66);
    expect(err).toMatch(/stray\n/);
    expect(err).toContain(`at ${small}:${lineOf("'stray'")}:`);
  });

  const throwing = folder.write(
    'throwing.config.ts',
    "import { boom } from './boom.ts';\n\nboom();\n",
  );
  const boom = folder.write(
    'boom.ts',
    'type A = 1;\n\nexport function boom(a?: A): void {\n  throw new Error("boom" + String(a));\n}\n',
  );
  const named = folder.write(
    'named.config.ts',
    "import { defineProcess } from 'edmesh';\nexport default defineProcess({ name: 'no name' });\n",
  );
  const linked = folder.write(
    'linked.config.ts',
    "import { defineProcess } from 'edmesh';\nimport { nope } from 'edmesh';\nexport default defineProcess(nope);\n",
  );
  it.each([
    ['a config that throws', [throwing], 90, `${boom}:4:9: Error: boom`],
    ['a config that throws an error of edmesh', [named], 73, `${named}:2:16`],
    [
      'a name that edmesh does not have',
      [linked],
      90,
      `${linked}:2:10: 'edmesh' has no export 'nope'`,
    ],
    [
      'a process that throws',
      [small, '-p', 'events=13'],
      90,
      `${small}:${lineOf('unlucky')}:30: Error: unlucky`,
    ],
    ['no config', ['gone.config.ts'], 89, `${folder.path}/gone.config.ts`],
    ['a wrong option', [small, '--streams', 'many'], 88, '--streams'],
    ['a wrong parameter', [small, '-p', 'evnts=1'], 73, 'evnts: no such parameter'],
    ['a wrong label', [small, '--set', 'maker.a=1'], 73, "no 'maker'"],
  ])('before the job, %s', async (_what, args, expected, message) => {
    const { status, out, err } = await edmesh(['run', ...args, '--report', 'early.json']);
    expect(status).toBe(expected);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
    expect(out).toBe('');
    const { exitCode, errors } = report('early.json');
    expect(Number(exitCode) % 256).toBe(expected);
    expect(errors).toHaveLength(1);
  });

  /** A config with one analyzer, or another first line. */
  const odd = (name: string, analyzer: string, firstLine = '') =>
    folder.write(
      `${name}.config.ts`,
      `import { defineAnalyzer, defineProcess, EmptySource } from 'edmesh';
${firstLine}
const Odd = defineAnalyzer({ type: 'Odd', description: 'odd', construct: () => (${analyzer}) });
export default defineProcess({ name: 'ODD', source: EmptySource({ events: 3 }), modules: { odd: Odd() }, paths: { p: ['odd'] } });
`,
    );
  const plain = '{ analyze() {} }';
  it.each([
    [
      'a promise of the config',
      odd('stray', plain, "void Promise.reject(new Error('stray'));"),
      66,
      'stray',
    ],
    [
      'a promise of a transition',
      odd('hook', "{ beginJob() { void Promise.reject(new Error('stray')); }, analyze() {} }"),
      66,
      'stray',
    ],
    [
      'external work that is completed again when the event is over',
      odd(
        'twice',
        '{ acquire(e, s, holder) { holder.done(); setTimeout(() => holder.done(), 1); }, analyze() {} }',
      ),
      74,
      'completed twice',
    ],
    [
      'a config that never ends',
      odd('never', plain, 'await new Promise(() => undefined);'),
      90,
      'never comes',
    ],
    [
      'a summary that is no data',
      odd('circle', '{ analyze() {}, endJob() { const a = {}; a.a = a; return a; } }'),
      74,
      'summary of odd',
    ],
  ])('out of sight, %s, still ends in a report', async (_what, config, expected, message) => {
    const { status, err } = await edmesh(['run', config, '--quiet', '--report', 'odd.json']);
    expect(status).toBe(expected);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
    expect(Number(report('odd.json').exitCode) % 256).toBe(expected);
  });

  it.each([
    [['run', small, '--nope'], /unknown option '--nope'(.|\n)*--help/],
    [['nope'], /unknown command 'nope'/],
    [['run'], /missing required argument 'config'/],
    [['describe', 'Nope'], /no such type; it has .*EmptySource/],
    [[], /Usage: edmesh/],
  ])('on the command line: %j', async (args, message) => {
    const { status, err } = await edmesh(args);
    expect(status).toBe(88);
    expect(err).toMatch(message);
  });

  it('in writing: known before the job runs', async () => {
    folder.write('plain', '');
    const { status, err, out } = await edmesh(['run', small, '--report', 'plain/r.json']);
    expect(status).toBe(97);
    expect(err).toContain('cannot write plain/r.json');
    expect(out).toBe('');
  });
});

describe('signals', () => {
  const slow = ['run', small, '-p', 'events=100000', '--streams', '2', '--report', 'signal.json'];

  it.each(['SIGINT', 'SIGTERM'] as const)('%s drains and ends with endJob', async (signal) => {
    const args = [...slow, '--set', 'make.delayMs=5'];
    const { status, out, err } = await edmesh(args, [['Processing', signal]]);
    expect(status).toBe(40);
    expect(err).toContain(`${signal}: draining`);
    expect(out).toContain('Processed ');
    const { exitCode, events, transitions, errors } = report('signal.json');
    expect({ exitCode, errors }).toMatchObject({
      exitCode: 9000,
      errors: [{ code: 'EDMESH_INTERRUPTED' }],
    });
    expect(transitions).toMatchObject({ beginJob: 1, endStream: 2, endJob: 1, event: events });
  });

  it('a second one aborts at once', async () => {
    const args = [...slow, '--set', 'make.delayMs=60000'];
    const { status } = await edmesh(args, [
      ['Processing', 'SIGINT'],
      ['draining', 'SIGINT'],
    ]);
    expect(status).toBe(130);
  });
});

describe('the other commands', () => {
  it('describe types', async () => {
    const shipped = await edmesh(['describe']);
    expect(shipped.out).toMatch(/EmptySource +source +/);
    const one = await edmesh(['describe', 'Make', '--config', small]);
    expect(one.out).toMatch(/Make: stream producer\n(.|\n)*mean +number +3 +mean of the counts/);
    expect(one.out).toMatch(/Label make on main\n(.|\n)*puts +Count_make__SMALL/);
    const all = await edmesh(['describe', '-c', small]);
    expect(all.out).toMatch(/Look +stream analyzer +look +fills a histogram/);
    expect([shipped.status, one.status, all.status]).toEqual([0, 0, 0]);
  });

  it('dump the process as plain data', async () => {
    const { status, out } = await edmesh(['dump', small, '--hash', '--set', 'make.mean=9']);
    expect(status).toBe(0);
    const dumped = JSON.parse(out) as Readonly<Record<string, unknown>>;
    expect(dumped).toMatchObject({
      name: 'SMALL',
      modules: { make: { type: 'Make', parameters: { mean: 9 } } },
    });
    expect(dumped.configurationHash).toMatch(/^[0-9a-f]{32}$/);
  });

  it('draw the graph', async () => {
    const json = await edmesh(['graph', small, '--format', 'json', '-p', 'validation=true']);
    expect(JSON.parse(json.out)).toMatchObject({
      process: 'SMALL',
      edges: [{ from: 'make', to: 'look' }],
    });
    const { status, out } = await edmesh(['graph', small, '-o', 'graphs/small.svg']);
    expect({ status, out }).toEqual({ status: 0, out: '' });
    expect(existsSync(`${folder.path}/graphs/small.svg`)).toBe(true);
    expect((await edmesh(['graph', small, '--format', 'png'])).status).toBe(88);
  });

  it('have help and a version', async () => {
    for (const name of ['run', 'bench', 'graph', 'describe', 'dump']) {
      const { status, out } = await edmesh([name, '--help']);
      expect(status).toBe(0);
      expect(out).toContain('Examples:\n  edmesh ');
    }
    expect((await edmesh(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
