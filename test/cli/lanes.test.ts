/**
 * Lanes in threads of their own, through the built command. Proves that digests and counts are the same for any number of
 * threads, that a lane which dies is told with its events and ends the command at once and without a trace, and that
 * signals, errors and warm-up events are those of one thread.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  isAlive,
  runWithSignals,
  startCommand,
  type CommandOutcome,
  type SignalAfter,
} from './built-command.ts';
import { scratchFolder } from './scratch-folder.ts';

const folder = scratchFolder();
const pathTo = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Runs a config; signals are sent when the given text has come. */
const edmesh = (args: readonly string[], signals: readonly SignalAfter[] = []) =>
  runWithSignals(folder.path, ['run', ...args], signals);

interface Report {
  readonly exitCode: number;
  readonly events: number;
  readonly threads: number;
  readonly streams: number;
  readonly digest?: string;
  readonly digests?: Readonly<Record<string, string>>;
  readonly transitions: Readonly<Record<string, number>>;
  readonly paths: unknown;
  readonly modules: Readonly<Record<string, { readonly run: number; readonly summary: unknown }>>;
  readonly errors: readonly {
    readonly code: string;
    readonly message: string;
    readonly fields: Readonly<Record<string, unknown>>;
    readonly contexts: readonly string[];
  }[];
}

const report = (name: string) =>
  JSON.parse(readFileSync(`${folder.path}/${name}`, 'utf8')) as Report;

/** What must not depend on threads. */
const lasting = ({ digest, digests, events, paths, modules, exitCode }: Report) => ({
  ...{ digest, digests, events, paths, exitCode },
  modules: Object.entries(modules).map(([label, { run, summary }]) => [label, run, summary]),
});

const rows = Array.from({ length: 300 }, (_, row) => {
  const run = 1 + Math.floor(row / 120);
  return `${String(run)},${String(1 + Math.floor(row / 30))},${String(row)},${String(row * 0.5)}`;
});
const table = folder.write('table.csv', `run,lumi,event,x\n${rows.join('\n')}\n`);

const config = folder.write(
  'lanes.config.ts',
  `import { CsvSource, defineAnalyzer, defineProcess, defineProducer, defineSoA, EmptySource, z } from 'edmesh';

const Hits = defineSoA('Hits', { x: 'float64' });
const Make = defineProducer({
  type: 'Make',
  description: 'puts random hits',
  parameters: z.object({ delayMs: z.number().default(0) }),
  construct(context, { delayMs }) {
    const token = context.produces(Hits);
    return {
      acquire(_event, _setup, holder) {
        if (delayMs === 0) holder.done();
        else setTimeout(() => holder.done(), delayMs);
      },
      produce(event) {
        const hits = event.allocate(Hits, 4);
        for (let i = 0; i < 4; i++) hits.x[i] = event.random.gaussian();
        event.put(token, hits);
      },
    };
  },
});
const One = defineProducer({
  type: 'One',
  kind: 'one',
  description: 'adds up the hits',
  construct(context) {
    const hits = context.consumes(Hits, 'make');
    const token = context.produces(Hits);
    let events = 0;
    return {
      produce(event) {
        events++;
        const sum = event.allocate(Hits, 1);
        sum.x[0] = event.get(hits).x.reduce((a, b) => a + b, 0) + event.random.uniform();
        event.put(token, sum);
      },
      endJob: () => ({ events }),
    };
  },
});
const All = defineAnalyzer({
  type: 'All',
  kind: 'global',
  description: 'counts events',
  construct(context) {
    context.consumes(Hits, 'one');
    let events = 0;
    return { analyze: () => { events++; }, endJob: () => ({ events }) };
  },
});
const Bad = defineAnalyzer({
  type: 'Bad',
  description: 'does what a module must not do',
  parameters: z.object({ how: z.string().default('nothing'), event: z.int().default(-1) }),
  construct(_context, { how, event: bad }) {
    const hoard: number[][] = [];
    return {
      acquire(event, _setup, holder) {
        if (how === 'stray' && event.event === bad) setTimeout(() => { throw new Error('stray'); }, 0);
        if (how === 'late exit' && event.event === bad) setTimeout(() => process.exit(5), 1);
        else holder.done();
      },
      analyze(event) {
        if (event.event !== bad) return;
        if (how === 'exit') process.exit(3);
        if (how === 'throw') throw new RangeError('no luck');
        while (how === 'memory') hoard.push(new Array(100000).fill(event.event + 0.5));
      },
      beginStream() {
        if (how === 'early exit') process.exit(4);
      },
      beginJob() {
        if (how === 'never') return new Promise(() => undefined);
      },
    };
  },
});
export default defineProcess({
  name: 'LANES',
  description: 'lanes',
  parameters: z.object({ events: z.int().default(300), table: z.string().default('') }),
  configure: ({ events, table }) => ({
    source: table === ''
      ? EmptySource({ events, eventsPerLumi: 30, lumisPerRun: 4 })
      : CsvSource({ file: table, run: 'run', lumi: 'lumi', event: 'event' }),
    modules: { make: Make(), one: One(), all: All(), bad: Bad() },
    paths: { main: ['make', 'one', 'all', 'bad'] },
  }),
});
`,
);

const threadsOf = (threads: number) => ['--threads', String(threads), '--streams', '4', '--quiet'];

/** The reports of a job with one, two and three threads. */
async function reportsOf(args: readonly string[]): Promise<Report[]> {
  const reports: Report[] = [];
  for (const threads of [1, 2, 3]) {
    const file = `r${String(threads)}.json`;
    const all = [...args, ...threadsOf(threads), '--digest', '--report', file];
    const { status, err } = await edmesh(all);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    reports.push(report(file));
  }
  return reports;
}

describe('digest and counts are the same for 1, 2 and 3 threads', () => {
  it.each([
    ['of an indexed source, with one and global modules', [config], 300],
    ['of a table that is read in order', [config, '-p', `table=${table}`], 300],
    ['of simulated events', [pathTo('examples/velo/velo.config.ts'), '-p', 'events=8'], 8],
  ])('%s', async (_what, args, events) => {
    const [alone, ...others] = await reportsOf(args);
    expect(alone?.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(alone).toMatchObject({ exitCode: 0, events, errors: [] });
    for (const each of others) {
      expect(each.transitions).toMatchObject({
        beginJob: 1,
        endJob: 1,
        endStream: 4,
        event: events,
      });
      expect(lasting(each)).toEqual(lasting(alone!));
    }
  });
});

describe('a lane that dies', () => {
  it.each([
    ['exit', 'its thread ended with status 3', ''],
    ['late exit', 'its thread ended with status 5', ''],
    ['memory', 'it ran out of memory', '--max-old-space-size=96'],
  ])('by %s in an event is told with its events', async (how, reason, nodeOptions) => {
    const set = ['--set', `bad.how=${how}`, '--set', 'bad.event=14', '--report', 'dead.json'];
    const args = [config, ...threadsOf(2), ...set];
    const environment = { NODE_OPTIONS: nodeOptions };
    const { pid, ended } = startCommand(folder.path, ['run', ...args], environment);
    const { status, err } = await ended;
    expect(err).toMatch(new RegExp(`lane \\d is lost: ${reason}; in hand: .*1:1:14`));
    expect(status).toBe(8901 % 256);
    expect(isAlive(pid)).toBe(false);
    const { exitCode, errors, transitions } = report('dead.json');
    expect(exitCode).toBe(8901);
    // A lane that waits for the one that dies may notice first.
    for (const { code } of errors) expect(code).toBe('EDMESH_LANE_LOST');
    const [told, ...more] = errors.filter(({ fields }) => fields.lane !== undefined);
    expect(more).toEqual([]);
    expect([0, 1]).toContain(told?.fields.lane);
    expect(told?.fields.events).toContain('1:1:14');
    expect(transitions).toMatchObject({ beginJob: 1, endJob: 1 });
  });

  it('before its first event ends the command, too', async () => {
    const set = ['--set', 'bad.how=early exit', '--report', 'early.json'];
    const { status, err } = await edmesh([config, ...threadsOf(2), ...set]);
    expect(status).toBe(8901 % 256);
    expect(err).toMatch(/lane 0 is lost: its thread ended with status 4; no event in hand/);
    expect(report('early.json').errors.map(({ code }) => code)).toContain('EDMESH_LANE_LOST');
  });
});

describe('what goes wrong in a lane', () => {
  it.each(['throw', 'stray'])('(%s) ends the job with the status of one thread', async (how) => {
    const args = [
      config,
      '--set',
      `bad.how=${how}`,
      '--set',
      'bad.event=5',
      '--report',
      'bad.json',
    ];
    const outcomes: CommandOutcome[] = [];
    for (const threads of [1, 2]) {
      outcomes.push(await edmesh([...args, ...threadsOf(threads), '--set', 'make.delayMs=1']));
      const { exitCode, errors, transitions } = report('bad.json');
      expect(exitCode % 256).toBe(outcomes.at(-1)?.status);
      expect(errors).toHaveLength(1);
      expect(transitions).toMatchObject({ beginJob: 1, endJob: 1, endStream: 4 });
    }
    expect(outcomes[1]?.status).toBe(outcomes[0]?.status);
    const message = how === 'throw' ? /no luck\n(.|\n)*in module bad/ : /stray\n/;
    for (const { err } of outcomes) {
      expect(err).toMatch(message);
      expect(err).toContain(`at ${config}:`);
      expect(err).not.toContain('    at ');
    }
  });

  it('and waits for what cannot come ends the job', async () => {
    const args = [config, ...threadsOf(2), '--set', 'bad.how=never', '--report', 'never.json'];
    const { status } = await edmesh(args);
    expect(status).toBe(74);
    expect(report('never.json').errors[0]).toMatchObject({ code: 'EDMESH_HOLDER_ABANDONED' });
  });
});

describe('the command', () => {
  it('drains all lanes at SIGINT', async () => {
    const args = [config, ...threadsOf(2), '-p', 'events=100000', '--set', 'make.delayMs=5'];
    const { status, out, err } = await edmesh(
      [...args, '--report', 'signal.json'],
      [['Processing', 'SIGINT']],
    );
    expect(status).toBe(40);
    expect(err).toContain('SIGINT: draining');
    expect(out).toContain('Processed ');
    const { exitCode, events, transitions, errors } = report('signal.json');
    expect({ exitCode, errors }).toMatchObject({
      exitCode: 9000,
      errors: [{ code: 'EDMESH_INTERRUPTED' }],
    });
    expect(events).toBeLessThan(100_000);
    expect(transitions).toMatchObject({ beginJob: 1, endStream: 4, endJob: 1, event: events });
    expect(transitions.beginLumi).toBe(transitions.endLumi);
  });

  it('warns of lanes that will idle', async () => {
    const args = [config, '--threads', '3', '--streams', '2', '--quiet', '--report', 'idle.json'];
    const { status, err } = await edmesh(args);
    expect(status).toBe(0);
    expect(err).toMatch(/3 threads for 2 EDM streams: 1 lanes? will idle/);
    expect(report('idle.json')).toMatchObject({ events: 300, threads: 3, streams: 2 });
  });

  it('warms lanes up with events that leave no trace', async () => {
    const args = [config, ...threadsOf(2), '--digest', '--report'];
    const cold = await edmesh([...args, 'cold.json']);
    const warm = await edmesh([...args, 'warm.json', '--warmup-events', '20']);
    expect([cold.status, warm.status]).toEqual([0, 0]);
    expect(warm.out).toContain('after 20 events of warm up');
    expect(lasting(report('warm.json'))).toEqual(lasting(report('cold.json')));
  });

  it('takes 0 threads as all cores', async () => {
    const args = [config, '--threads', '0', '--digest', '--quiet', '--report'];
    expect(await edmesh([...args, 'all.json'])).toMatchObject({ status: 0, err: '' });
    const cores = availableParallelism();
    expect(report('all.json')).toMatchObject({ events: 300, threads: cores, streams: cores });
  });
});
