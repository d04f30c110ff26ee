/** EmptySource: ids as counted by hand, and no end. */
import { expect, it } from 'vitest';
import { EmptySource } from '../../io/index.ts';
import { openSource } from './open-source.ts';

it('counts events, luminosity blocks and runs', async () => {
  const source = await openSource(
    EmptySource({ events: 9, eventsPerLumi: 2, lumisPerRun: 2, firstRun: 100, firstLumi: 5 }),
  );
  const ids = (await source.readAll()).map(({ id }) => [id.run, id.lumi, id.event].join(':'));
  expect(ids).toEqual([
    ...['100:5:1', '100:5:2', '100:6:3', '100:6:4'],
    ...['101:5:1', '101:5:2', '101:6:3', '101:6:4'],
    '102:5:1',
  ]);
});

it('has one luminosity block in one run unless told otherwise, without end', async () => {
  const source = await openSource(EmptySource());
  expect(source.reader).toMatchObject({ kind: 'indexed', count: Number.POSITIVE_INFINITY });
  expect((await source.read(1e9))?.id).toEqual({ run: 1, lumi: 1, event: 1e9 + 1, timeUs: 0 });
});

it('keeps one run where only luminosity blocks are limited', async () => {
  const source = await openSource(EmptySource({ events: 5, eventsPerLumi: 2 }));
  const ids = (await source.readAll()).map(({ id }) => [id.run, id.lumi, id.event]);
  expect(ids.at(-1)).toEqual([1, 3, 5]);
});

it('gives times', async () => {
  const source = await openSource(EmptySource({ events: 3, firstTimeUs: 1000, intervalUs: 25 }));
  expect((await source.readAll()).map(({ id }) => id.timeUs)).toEqual([1000, 1025, 1050]);
});
