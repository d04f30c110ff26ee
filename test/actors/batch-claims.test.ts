/**
 * Claims from batches, as a lane makes them. Proves that EDM streams get the events of a batch in order with ids, block,
 * products and errors, that the next batch is asked for in time, and that events nobody will claim are told.
 */
import { describe, expect, it } from 'vitest';
import { defineProcess, EdmeshError, EventPrincipal, silentLogger } from '../../edm/index.ts';
import { EventView } from '../../edm/event-view.ts';
import { createProcessHistory } from '../../edm/provenance.ts';
import { errorToData } from '../../edm/error-data.ts';
import { BatchClaims } from '../../actors/source/batch-claims.ts';
import type { LumiInfo } from '../../actors/source/blocks.ts';
import { constructSource } from '../../actors/plan/construction.ts';
import type { EventBatch } from '../../actors/source/event-batch.ts';
import { sourceIndex } from '../../actors/plan/product-registry.ts';
import { sourceTables } from '../../actors/source/source-tables.ts';
import { Num, sourceOf } from './toy-job.ts';

const source = constructSource({
  definition: defineProcess({
    name: 'TEST',
    source: sourceOf((context) => {
      context.produces(Num);
      return () => ({ kind: 'sequential', next: () => false });
    }),
  }).configure(),
  logger: silentLogger,
  problems: [],
})!;

const run = { number: 0, run: 1, firstLumi: 1, timeUs: 0 };
const lumis = Array.from({ length: 5 }, (_, number): LumiInfo => ({
  ...{ number, run, lumi: number + 1 },
  ...{ timeUs: 0, eventsBefore: 2 * number },
}));

/** A batch of events from an ordinal on, two in each luminosity block; ordinal 1 could not be read. */
function batchOf(firstOrdinal: number, size: number): EventBatch {
  const ordinals = Array.from({ length: size }, (_, position) => firstOrdinal + position);
  const block = (ordinal: number) => lumis[Math.floor(ordinal / 2)]!;
  return {
    firstOrdinal,
    size,
    ids: Float64Array.from(ordinals.flatMap((each) => [1, block(each).lumi, 100 + each, each])),
    blocks: ordinals.map(block),
    products: [ordinals.map((each) => (each === 2 ? null : { value: each }))],
    errors: new Map(
      ordinals.flatMap((ordinal, position) =>
        ordinal === 1
          ? [[position, errorToData(new EdmeshError('EDMESH_EVENT_CORRUPT', 'bad bits'))]]
          : [],
      ),
    ),
    claimed: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
  };
}

function lane() {
  const told = { wanted: 0, dropped: [] as (readonly [number, number])[] };
  const claims = new BatchClaims(source, {
    wanted: () => {
      told.wanted++;
    },
    dropped: (number, events) => void told.dropped.push([number, events]),
  });
  const tables = sourceTables(source, 0);
  /** One EDM stream claims; its answers come into a list. */
  const stream = () => {
    const principal = new EventPrincipal(1, createProcessHistory([]));
    const view = new EventView({ index: sourceIndex, label: 'source' }, tables, principal);
    const settled: unknown[] = [];
    const claim = () => {
      principal.clear();
      return claims.claim(principal, view, (outcome) => settled.push(outcome));
    };
    return { principal, settled, claim };
  };
  return { claims, told, stream };
}

describe('an EDM stream', () => {
  it('waits for the first batch, then takes its events in order', () => {
    const { claims, told, stream } = lane();
    const [a, b] = [stream(), stream()];
    expect([a.claim(), b.claim()]).toEqual(['reading', 'reading']);
    expect(told.wanted).toBe(2);
    claims.take(batchOf(2, 3));
    expect([a.settled, b.settled]).toEqual([['claimed'], ['claimed']]);
    expect(a.principal).toMatchObject({ run: 1, lumi: 2, event: 102, timeUs: 2, ordinal: 2 });
    expect(b.principal).toMatchObject({ run: 1, lumi: 2, event: 103, timeUs: 3, ordinal: 3 });
    expect([a.principal.products, b.principal.products]).toEqual([[undefined], [3]]);
    expect(a.claim()).toBe('claimed');
    expect(a.principal).toMatchObject({ ordinal: 4, lumi: 3 });
    expect(claims.blockOf()).toMatchObject({ number: 2 });
  });

  it('gets the error of an event that could not be read, with its ids, in its turn', () => {
    const { claims, stream } = lane();
    const a = stream();
    a.claim();
    claims.take(batchOf(0, 2));
    expect(a.claim()).toMatchObject({
      error: { code: 'EDMESH_EVENT_CORRUPT', message: 'bad bits' },
    });
    expect(a.principal).toMatchObject({ event: 101, ordinal: 1 });
    expect(claims.blockOf()).toMatchObject({ number: 0 });
    const b = stream();
    expect(b.claim()).toBe('reading');
    claims.take(batchOf(1, 1));
    expect(b.settled).toMatchObject([{ error: { message: 'bad bits' } }]);
  });

  it('is out of events when there is no other batch, also where it waits', () => {
    const { claims, stream } = lane();
    const [a, b, c] = [stream(), stream(), stream()];
    for (const each of [a, b]) each.claim();
    claims.take(batchOf(2, 1));
    expect([a.settled, b.settled]).toEqual([['claimed'], []]);
    claims.take(null);
    expect(b.settled).toEqual(['exhausted']);
    expect(c.claim()).toBe('exhausted');
  });

  it('is out of events when the lane stops', () => {
    const { claims, stream } = lane();
    const a = stream();
    a.claim();
    claims.stop();
    expect(a.settled).toEqual(['exhausted']);
    expect(a.claim()).toBe('exhausted');
  });
});

describe('a lane', () => {
  it('holds two batches at most, and asks for the next when one is used up', () => {
    const { claims, told, stream } = lane();
    const a = stream();
    a.claim();
    claims.take(batchOf(2, 2));
    claims.take(batchOf(4, 1));
    expect(told.wanted).toBe(2);
    a.claim();
    expect(told.wanted).toBe(2);
    a.claim();
    expect(a.principal.ordinal).toBe(4);
    expect(told.wanted).toBe(3);
  });

  it('tells of events that it will not claim: those it holds and those that come late', () => {
    const { claims, told, stream } = lane();
    const a = stream();
    a.claim();
    claims.take(batchOf(2, 4));
    claims.stop();
    expect(told.dropped).toEqual([
      [1, 1],
      [2, 2],
    ]);
    claims.take(batchOf(6, 1));
    expect(told.dropped.at(-1)).toEqual([3, 1]);
    expect(told.wanted).toBe(2);
  });

  it('shares a batch with another one: each event goes to one of them', () => {
    const [first, second] = [lane(), lane()];
    const batch = batchOf(2, 5);
    const [a, b] = [first.stream(), second.stream()];
    a.claim();
    b.claim();
    first.claims.take(batch);
    second.claims.take(batch);
    const taken = [a.principal.ordinal, b.principal.ordinal];
    for (const each of [b, a, b]) {
      expect(each.claim()).toBe('claimed');
      taken.push(each.principal.ordinal);
    }
    expect(taken).toEqual([2, 3, 4, 5, 6]);
    expect([a.claim(), b.claim()]).toEqual(['reading', 'reading']);
    first.claims.stop();
    expect(first.told.dropped).toEqual([]);
  });
});
