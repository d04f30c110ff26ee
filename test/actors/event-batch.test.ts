/**
 * Batches of events. Proves that the events of a batch go each to one of those who hold it, and that what is left can be
 * taken back, once.
 */
import { expect, it } from 'vitest';
import { BatchCursor, type EventBatch } from '../../actors/source/event-batch.ts';

const batchOf = (size: number): EventBatch => ({
  firstOrdinal: 0,
  size,
  ids: new Float64Array(4 * size),
  blocks: [],
  products: [],
  errors: new Map(),
  claimed: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
});

it('every event is claimed once, by whoever comes first', () => {
  const batch = batchOf(5);
  const [a, b] = [new BatchCursor(batch), new BatchCursor(structuredClone(batch))];
  expect([a.next(), b.next(), b.next(), a.next()]).toEqual([0, 1, 2, 3]);
  expect([a.unclaimed, b.unclaimed]).toEqual([1, 1]);
  expect([b.next(), a.next(), b.next(), a.next()]).toEqual([4, -1, -1, -1]);
  expect([a.unclaimed, b.unclaimed]).toEqual([0, 0]);
});

it('what is left is taken back once', () => {
  const batch = batchOf(5);
  const [a, b] = [new BatchCursor(batch), new BatchCursor(batch)];
  a.next();
  b.next();
  expect(a.rest()).toBe(2);
  expect(b.rest()).toBe(5);
  expect([a.next(), b.next(), a.unclaimed]).toEqual([-1, -1, 0]);
});

it('a batch that is used up gives nothing back', () => {
  const cursor = new BatchCursor(batchOf(1));
  expect([cursor.next(), cursor.next(), cursor.next()]).toEqual([0, -1, -1]);
  expect(cursor.rest()).toBe(1);
});
