/** A process is run alone on what was recorded of its job: it gets the same, and what it sends is compared. */
import { describe, expect, it } from 'vitest';
import { selectEvents } from '../../../actors/index.ts';
import { recordJob, replayOf } from './replay-kit.ts';
import { between, first, last, transitionsFrom, transitionsTo } from './replay-processes.ts';

/** All events of `first`: five a luminosity block, two blocks a run. */
const events = Array.from({ length: 24 }, (_, ordinal) => ({
  run: 7 + Math.floor(ordinal / 10),
  lumi: 1 + (Math.floor(ordinal / 5) % 2),
  event: 1 + (ordinal % 10),
  ordinal,
  block: Math.floor(ordinal / 5),
}));
const runOf = (block: number): number => Math.floor(block / 2);
const id = (ordinal: number) => {
  const { run, lumi, event } = events[ordinal] ?? { run: 0, lumi: 0, event: 0 };
  return { run, lumi, event };
};

describe('a replay', () => {
  it.each([
    ['one EDM stream', {}, {}],
    ['4 EDM streams and 8', { streams: 4 }, { streams: 8 }],
    ['several lanes', { threads: 2, streams: 4 }, { threads: 3, streams: 6 }],
  ])('is equal: %s', async (_, localOptions, remoteOptions) => {
    const job = await recordJob([
      { template: first(), options: localOptions },
      { template: last(), options: remoteOptions },
    ]);
    expect(job.reports.map(({ exitCode, events: count }) => [exitCode, count])).toEqual([
      [0, 24],
      [0, 24],
    ]);
    const remote = await replayOf(last(), job, { job: { streams: 3 } });
    expect(remote.errors).toEqual([]);
    expect(remote.report).toMatchObject({ exitCode: 0, events: 24 });
    expect(remote.report.transitions).toMatchObject({
      beginRun: 3,
      endRun: 3,
      beginLumi: 5,
      endLumi: 5,
    });
    expect(remote.result).toEqual({
      ...{ equal: 32, different: 0, eventsSent: 0, incomplete: 0, notRun: 0 },
      ...{ first: undefined, failedThen: undefined },
    });
    const local = await replayOf(first(), job, { job: { streams: 5 } });
    expect(local.errors).toEqual([]);
    expect(local.report).toMatchObject({ exitCode: 0, events: 24 });
    expect(local.result).toMatchObject({ equal: 48, different: 0, eventsSent: 24, incomplete: 0 });
  });

  it('is equal for each of three processes in a row', async () => {
    const [a, c] = [first(24, {}, 'BETWEEN'), last({}, { name: 'REMOTE', controller: 'BETWEEN' })];
    const job = await recordJob([{ template: a }, { template: between }, { template: c }]);
    expect(job.reports.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    for (const template of [a, between, c]) {
      const { result, errors, report } = await replayOf(template, job, { job: { streams: 2 } });
      expect(errors).toEqual([]);
      expect(report).toMatchObject({ exitCode: 0, events: 24 });
      expect(result).toMatchObject({ different: 0, incomplete: 0 });
      expect(result.equal).toBeGreaterThan(0);
    }
  });

  it('needs no products for a process without receivers', async () => {
    const job = await recordJob([{ template: transitionsFrom }, { template: transitionsTo }]);
    const remote = await replayOf(transitionsTo, job, { hasProducts: false });
    expect(remote.report).toMatchObject({ exitCode: 0, events: 30 });
    expect(remote.report.transitions).toMatchObject({ beginRun: 3, beginLumi: 8, endLumi: 8 });
    const local = await replayOf(transitionsFrom, job, { hasProducts: false });
    expect(local.result).toMatchObject({ eventsSent: 30, different: 0 });
  });
});

describe('a replay of some events', () => {
  it.each([
    ['one of the first block', { event: id(2) }, 1, 1, 1],
    ['one in the middle', { event: id(12) }, 1, 1, 1],
    ['a range within a block', { from: id(6), to: id(8) }, 3, 1, 1],
    ['a range over blocks and runs', { from: id(8), to: id(16) }, 9, 3, 2],
    ['all from one on', { from: id(21) }, 3, 1, 1],
    ['all up to one', { to: id(4) }, 5, 1, 1],
  ])('delivers what they need: %s', async (_, wish, count, lumis, runs) => {
    const [a, b] = [{ threads: 2, streams: 4 }, { streams: 2 }];
    const job = await recordJob([
      { template: first(), options: a },
      { template: last(), options: b },
    ]);
    const selection = selectEvents(events, wish, runOf);
    const remote = await replayOf(last(), job, { selection });
    expect(remote.errors).toEqual([]);
    expect(remote.report).toMatchObject({ exitCode: 0, events: count });
    const transitions = { beginRun: runs, endRun: runs, beginLumi: lumis, endLumi: lumis };
    expect(remote.report.transitions).toMatchObject(transitions);
    expect(remote.result).toMatchObject({ different: 0, incomplete: 0 });
    const chosen = events.filter(({ ordinal }) => selection.ordinals.has(ordinal));
    expect(remote.result.equal).toBe(
      2 * chosen.filter(({ ordinal }) => (ordinal + 1) % 3 !== 0).length,
    );
    const own = { skipEvents: selection.first, maxEvents: count };
    const local = await replayOf(first(), job, { selection, offset: selection.first, job: own });
    expect(local.errors).toEqual([]);
    expect(local.report.transitions).toMatchObject(transitions);
    const sent = { equal: 2 * count, eventsSent: count };
    expect(local.result).toMatchObject({ ...sent, different: 0, incomplete: 0 });
  });

  it('names what the journal does not have, and ids that several events have', () => {
    const refused = { code: 'EDMESH_REPLAY_REFUSED', message: expect.stringContaining('1:1:99') };
    const missing = { run: 1, lumi: 1, event: 99 };
    expect(() => selectEvents(events, { event: missing }, runOf)).toThrow(
      expect.objectContaining(refused),
    );
    const twice = [...events, { ...id(3), ordinal: 40, block: 9 }];
    expect(() => selectEvents(twice, { event: id(3) }, runOf)).toThrow(/7:1:4@3, 7:1:4@40/);
    const second = selectEvents(twice, { event: { ...id(3), ordinal: 40 } }, runOf);
    expect([...second.ordinals]).toEqual([40]);
    expect(() => selectEvents(events, { from: id(9), to: id(2) }, runOf)).toThrow(/came before/);
  });
});

describe('a replay that is not equal', () => {
  it('names the first difference, by event, label, column and index', async () => {
    const job = await recordJob([{ template: first() }, { template: last() }]);
    const { result, report } = await replayOf(last({ row: 14, text: 20 }), job, {
      job: { streams: 4 },
    });
    expect(report.exitCode).toBe(0);
    expect(result).toMatchObject({
      ...{ equal: 30, different: 2 },
      first: {
        ...{ ...id(13), ordinal: 13, sender: 'sender', instance: 2 },
        ...{ branch: 'Rows_maker__REMOTE', column: 'value', index: 2, now: '-1', then: '44' },
      },
    });
    const text = await replayOf(last({ text: 20 }), job);
    expect(text.result.first).toMatchObject({
      ...{ branch: 'Text_maker__REMOTE', column: '.said[1]', index: undefined },
      ...{ now: 'other', then: 'same' },
    });
    const size = await replayOf(first(24, { size: 5 }), job);
    expect(size.result.first).toMatchObject({
      ...{ ordinal: 4, branch: 'Rows_maker__LOCAL', index: 4, now: '5 rows', then: '4 rows' },
    });
  });

  it('names events that are not sent any more; a failure is that of the job', async () => {
    const job = await recordJob([{ template: first() }, { template: last() }]);
    const fewer = await replayOf(first(20), job);
    expect(fewer.result).toMatchObject({ eventsSent: 20 });
    expect(fewer.result.first).toMatchObject({ ordinal: 20, now: 'not sent to a follower' });
    const { report, result } = await replayOf(last({ failAt: 8 }), job);
    expect(report.errors[0]).toMatchObject({ code: 'EDMESH_MODULE_EXCEPTION' });
    expect(result).toMatchObject({ different: 0 });
  });

  it('refuses a process with other senders than then', async () => {
    const job = await recordJob([{ template: transitionsFrom }, { template: transitionsTo }]);
    const local = await replayOf(first(), job);
    expect(local.report.errors[0]).toMatchObject({ code: 'EDMESH_CONTRACT' });
    const remote = await replayOf(last(), job);
    expect(remote.report.errors[0]).toMatchObject({ code: 'EDMESH_CONTRACT' });
  });
});

describe('a journal that is not whole', { timeout: 120_000 }, () => {
  it('is replayed as far as it goes, wherever it ends', async () => {
    const options = { threads: 2, streams: 4 };
    const job = await recordJob([
      { template: first(), options },
      { template: last(), options },
    ]);
    const { records, processes } = job;
    let replayed = 0;
    for (let end = 0; end <= records.length; end += 7) {
      const cut = { processes, records: records.slice(0, end) };
      const { report, result, errors } = await replayOf(last(), cut);
      expect([end, result.different]).toEqual([end, 0]);
      if (errors.length === 0) expect([end, report.errors]).toEqual([end, []]);
      else expect(errors[0]).toMatchObject({ code: 'EDMESH_REPLAY_REFUSED' });
      expect(report.events).toBeGreaterThanOrEqual(replayed);
      replayed = report.events;
    }
    expect(replayed).toBeGreaterThan(20);
  });

  it('is refused where packets are missing in between', async () => {
    const job = await recordJob([{ template: first() }, { template: last() }]);
    const { records, processes } = job;
    const at = records.findIndex(({ subject }, index) => index > 40 && subject.endsWith('.1'));
    const holed = { processes, records: records.filter((_, index) => index !== at) };
    const { errors } = await replayOf(last(), holed);
    expect(errors[0]).toMatchObject({
      code: 'EDMESH_JOURNAL_INCOMPLETE',
      message: expect.stringContaining('edm.test.LOCAL.REMOTE.1'),
    });
  });
});
