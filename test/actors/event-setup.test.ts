/**
 * The event setup. Proves that modules see what is valid for their run, lumi or time in every hook, that each product is
 * made once an interval and only when needed, and that missing or overlapping intervals are told.
 */
import { describe, expect, it } from 'vitest';
import {
  alwaysValid,
  defineProduct,
  defineRecord,
  defineSetupProducer,
  z,
  type Configuration,
  type IntervalOfValidity,
  type IntervalUnit,
  type ProcessBody,
} from 'edmesh';
import { eventSource } from 'edmesh/testing';
import { ConditionsStore } from '../../actors/event-setup/conditions.ts';
import { analyzer, eventsOf, Num, runToy } from './toy-job.ts';

const Calibration = defineProduct('Calibration', z.string());

const textOf = ({ from, to }: IntervalOfValidity) => `${String(from)}-${String(to)}`;

/** A setup producer whose product is its interval, as text. */
function calibration(
  unit: IntervalUnit,
  intervals: readonly IntervalOfValidity[] | undefined,
  made: string[] = [],
  late = false,
): Configuration<'setup'> {
  return defineSetupProducer({
    type: 'CalibrationMaker',
    description: 'Tells its interval',
    record: defineRecord('CalibrationRecord', unit),
    product: Calibration,
    construct: () => ({
      ...(intervals === undefined
        ? {}
        : { intervals: () => (late ? Promise.resolve(intervals) : intervals) }),
      produce: (interval) => {
        made.push(textOf(interval));
        return late ? Promise.resolve(textOf(interval)) : textOf(interval);
      },
    }),
  })();
}

/** An analyzer that tells what it sees in each hook. */
const watching = (seen: string[]) =>
  analyzer(
    (context) => {
      const token = context.setupConsumes(Calibration);
      return {
        beginRun: (run, setup) => void seen.push(`begin ${String(run.run)}: ${setup.get(token)}`),
        beginLumi: (lumi, setup) =>
          void seen.push(`begin ${String(lumi.run)}:${String(lumi.lumi)}: ${setup.get(token)}`),
        analyze: (event, setup) => void seen.push(`${String(event.event)}: ${setup.get(token)}`),
        streamEndLumi: (_lumi, setup) => void seen.push(`stream: ${setup.get(token)}`),
        endLumi: (_lumi, setup) => void seen.push(`lumi: ${setup.get(token)}`),
        endRun: (_run, setup) => void seen.push(`run: ${setup.get(token)}`),
      };
    },
    { kind: 'global' },
  );

const jobOf = (
  setup: Configuration<'setup'>,
  seen: string[],
  source = eventSource(eventsOf(4, 1, 2)),
): ProcessBody => ({
  source,
  eventSetup: { calibration: setup },
  modules: { a: watching(seen) },
  paths: { p: ['a'] },
});

describe('modules see', () => {
  it.each([false, true])('what is valid for their run in every hook (late: %s)', async (late) => {
    const seen: string[] = [];
    const made: string[] = [];
    const intervals = [
      { from: 1, to: 1 },
      { from: 2, to: 10 },
    ];
    const report = await runToy(jobOf(calibration('run', intervals, made, late), seen));
    expect(report.errors).toEqual([]);
    const run = (text: string, number: number, ...events: readonly number[]) => [
      `begin ${String(number)}: ${text}`,
      ...events.flatMap((event, index) => [
        `begin ${String(number)}:${String(index + 1)}: ${text}`,
        `${String(event)}: ${text}`,
        `stream: ${text}`,
        `lumi: ${text}`,
      ]),
      `run: ${text}`,
    ];
    expect(seen).toEqual([...run('1-1', 1, 1, 2), ...run('2-10', 2, 3, 4)]);
    expect(made).toEqual(['1-1', '2-10']);
  });

  it('what is valid for their lumi, a run in an interval from its first to its last', async () => {
    const seen: string[] = [];
    const intervals: IntervalOfValidity[] = [
      { from: 1, to: [1, 1] },
      { from: [1, 2], to: [2, 1] },
      { from: [2, 2], to: 2 },
    ];
    const report = await runToy(jobOf(calibration('lumi', intervals), seen));
    expect(report.errors).toEqual([]);
    expect(seen.filter((line) => /^\d/.test(line))).toEqual([
      '1: 1-1,1',
      '2: 1,2-2,1',
      '3: 1,2-2,1',
      '4: 2,2-2',
    ]);
  });

  it('what is valid at the time of the first event of their lumi', async () => {
    const seen: string[] = [];
    const made: string[] = [];
    const at = (lumi: number, event: number, timeUs: number) => ({
      id: { run: 1, lumi, event, timeUs },
    });
    const source = eventSource([at(1, 1, 100), at(1, 2, 250), at(2, 3, 300), at(3, 4, 199)]);
    const intervals = [
      { from: 0, to: 199 },
      { from: 200, to: 1000 },
    ];
    const report = await runToy(jobOf(calibration('time', intervals, made), seen, source));
    expect(report.errors).toEqual([]);
    const events = seen.filter((line) => /^\d/.test(line));
    expect(events).toEqual(['1: 0-199', '2: 0-199', '3: 200-1000', '4: 0-199']);
    expect(made).toEqual(['0-199', '200-1000']);
  });

  it('one product always where no intervals are given', async () => {
    const seen: string[] = [];
    const made: string[] = [];
    await runToy(jobOf(calibration('run', undefined, made), seen), { streams: 3 });
    expect(made).toEqual([textOf(alwaysValid)]);
    expect(seen.length).toBeGreaterThan(10);
  });

  it('their own product with several EDM streams in different lumis at once', async () => {
    const seen: string[] = [];
    const each = Array.from({ length: 8 }, (_, index) => ({
      from: [1, index + 1] as const,
      to: [1, index + 1] as const,
    }));
    const first = { from: 1, to: [1, 0] as const };
    const holds = analyzer((context) => {
      const token = context.setupConsumes(Calibration);
      let before = '';
      return {
        acquire: (_event, setup, holder) => {
          before = setup.get(token);
          holder.follow(new Promise((resolve) => setImmediate(resolve)));
        },
        analyze: (event, setup) => {
          seen.push(`${String(event.lumi)} ${before} ${setup.get(token)}`);
        },
      };
    });
    const report = await runToy(
      {
        source: eventSource(eventsOf(8, 1)),
        eventSetup: { calibration: calibration('lumi', [first, ...each]) },
        modules: { holds },
        paths: { p: ['holds'] },
        options: { concurrentLumis: 4 },
      },
      { streams: 4 },
    );
    expect(report.errors).toEqual([]);
    const lines = each.map(({ from: [, lumi] }) => {
      const text = `1,${String(lumi)}-1,${String(lumi)}`;
      return `${String(lumi)} ${text} ${text}`;
    });
    expect(seen.sort()).toEqual(lines);
  });
});

describe('it is an error', () => {
  it('where no interval covers the transition; what has begun ends', async () => {
    const seen: string[] = [];
    const report = await runToy(jobOf(calibration('run', [{ from: 1, to: 1 }]), seen));
    expect(report.exitCode).toBe(8026);
    expect(report.errors).toMatchObject([
      {
        code: 'EDMESH_SETUP_NO_INTERVAL',
        fields: { label: 'calibration', record: 'CalibrationRecord', run: 2 },
        contexts: ['event setup', 'beginRun 2', 'process TEST'],
      },
    ]);
    expect(seen.at(-1)).toBe('run: 1-1');
    expect(report.transitions).toMatchObject({ beginRun: 1, endRun: 1, beginLumi: 2, endLumi: 2 });
    expect(report.transitions.endJob).toBe(1);
  });

  it('not where a lumi record begins with the first block of a run', async () => {
    const whole: IntervalOfValidity = { from: [1, 1], to: [9, 9] };
    const report = await runToy(jobOf(calibration('lumi', [whole]), []));
    expect(report.errors).toEqual([]);
  });

  it('at the first run already', async () => {
    const report = await runToy(jobOf(calibration('run', [{ from: 5, to: 6 }]), []), {
      streams: 4,
    });
    expect(report.exitCode).toBe(8026);
    expect(report.transitions).toMatchObject({
      beginRun: 0,
      endRun: 0,
      beginStream: 4,
      endStream: 4,
    });
  });

  it.each<[string, readonly IntervalOfValidity[]]>([
    [
      'overlap',
      [
        { from: 1, to: 5 },
        { from: 5, to: 9 },
      ],
    ],
    [
      'are out of order',
      [
        { from: 6, to: 9 },
        { from: 1, to: 5 },
      ],
    ],
    ['are empty', [{ from: 2, to: 1 }]],
    [
      'overlap within a run',
      [
        { from: [1, 1], to: 1 },
        { from: [1, 7], to: [2, 1] },
      ],
    ],
  ])('where intervals %s, with label and number', async (_name, intervals) => {
    const report = await runToy(jobOf(calibration('lumi', intervals), []));
    expect(report.exitCode).toBe(8009);
    expect(report.errors).toMatchObject([
      { code: 'EDMESH_DEFINITION', fields: { label: 'calibration', interval: 0 } },
    ]);
    expect(report.transitions.beginJob).toBe(0);
  });

  it.each<[string, () => never]>([
    [
      'intervals',
      () => {
        throw new Error('no dump');
      },
    ],
    ['produce', () => Promise.reject(new Error('no dump')) as never],
  ])('where %s of a producer throws or rejects', async (method, fails) => {
    const bad = defineSetupProducer({
      type: 'Bad',
      description: 'Fails',
      record: defineRecord('CalibrationRecord', 'run'),
      product: Calibration,
      construct: () => ({ produce: () => 'good', [method]: fails }),
    });
    const report = await runToy(jobOf(bad(), []));
    expect(report.exitCode).toBe(8002);
    expect(report.errors).toMatchObject([{ message: 'no dump' }]);
  });
});

describe('a producer that gives nothing', () => {
  it.each([
    ['undefined', () => undefined],
    ['a promise of undefined', () => Promise.resolve(undefined)],
  ])('but %s ends the job, with label and record', async (_name, produce) => {
    const seen: string[] = [];
    const empty = defineSetupProducer({
      type: 'Empty',
      description: 'Makes nothing',
      record: defineRecord('CalibrationRecord', 'run'),
      product: Calibration,
      construct: () => ({ produce: produce as () => never }),
    });
    const report = await runToy(jobOf(empty(), seen));
    expect(seen).toEqual([]);
    expect(report.errors).toMatchObject([
      {
        code: 'EDMESH_PRODUCT_INVALID',
        fields: { label: 'calibration', record: 'CalibrationRecord', product: 'Calibration' },
        message: expect.stringContaining(
          'calibration makes undefined for record CalibrationRecord',
        ) as string,
      },
    ]);
  });
});

describe('the store', () => {
  const storeOf = (made: string[]) => {
    const setups = [
      { label: 'a', unit: 'run' as const, intervals: [1, 2, 3] },
      { label: 'b', unit: 'run' as const, intervals: [1] },
    ].map(({ label, unit, intervals }) => ({
      label,
      type: {
        record: defineRecord(label, unit),
        product: Num,
      } as never,
      instance: {
        intervals: () =>
          intervals.map((run, i) => ({ from: run, to: i === intervals.length - 1 ? 9 : run })),
        produce: ({ from }: IntervalOfValidity) => {
          made.push(`${label}${String(from)}`);
          return `${label}${String(from)}`;
        },
      },
    }));
    return ConditionsStore.open(setups);
  };
  const at = (run: number) => ({ run, lumi: 0, timeUs: 0 });

  it('makes each product once, also when an interval comes back', async () => {
    const made: string[] = [];
    const store = await storeOf(made);
    for (const run of [1, 2, 1, 3, 2]) await store.at(at(run));
    expect(made).toEqual(['a1', 'b1', 'a2', 'a3']);
    expect(store.produced).toBe(4);
  });

  it('gives the same list while no interval changes, and tells the present ones', async () => {
    const store = await storeOf([]);
    const products = await store.at(at(3));
    expect(products).toEqual(['a3', 'b1']);
    expect(await store.at(at(9))).toBe(products);
    expect(store.current()).toEqual({ a: { from: 3, to: 9 }, b: { from: 1, to: 9 } });
  });
});
