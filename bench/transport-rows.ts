import type { Row } from './rows.ts';

/** Events a second of a job and of what it is compared with, round by round. */
export interface Rates {
  readonly job: number[];
  readonly compared: number[];
}

/** The sizes of products that go one way, and the share of the bare rate that they should reach. */
export interface CarriedSize {
  readonly name: string;
  readonly bytes: number;
  readonly bar: number;
}

/** Everything that the suite about the transport measures. */
export interface TransportFigures {
  readonly carried: readonly { readonly size: CarriedSize; readonly rates: Rates }[];
  /** One small event at a time, there and back; compared with a request and its answer. */
  readonly roundTrip: Rates;
  /** Small events there and back, many at once; compared with two clients that exchange as many messages. */
  readonly tiny: Rates;
  /** The same with a journal of the transitions; compared with none. */
  readonly journaled: Rates;
  /** Transitions from a journal; compared with a bare ordered consumer of one message an event. */
  readonly replayed: Rates;
  /** Events a second with which a bare ordered consumer reads the packets of that journal, many events in each. */
  readonly packets: readonly number[];
  /** VELO events in JSON, with tracks from another process; compared with one process. `undefined` without data. */
  readonly offloaded: Rates | undefined;
  /** The same with a process that is connected and gets nothing. */
  readonly idle: Rates | undefined;
  readonly rounds: number;
}

/** Rows with their bars, and the figures that they are to be seen beside. */
export function transportRows(figures: TransportFigures): Row[] {
  const { carried, roundTrip, tiny, journaled, offloaded, idle, rounds } = figures;
  return [
    ...carried.flatMap(({ size: { name, bytes, bar }, rates: { job, compared } }) => [
      atLeast(`products of ${name}`, (best(job) * bytes) / 1e6, 'MB/s', null),
      atLeast(`bare messages of ${name}`, (best(compared) * bytes) / 1e6, 'MB/s', null),
      atLeast(`products over bare, ${name}`, best(job) / best(compared), '×', bar),
    ]),
    { name: 'round trip of an event', value: 1e6 / best(roundTrip.job), unit: 'µs', bar: null },
    {
      name: 'bare request and answer',
      value: 1e6 / best(roundTrip.compared),
      unit: 'µs',
      bar: null,
    },
    {
      name: 'round trip over bare',
      value: best(roundTrip.compared) / best(roundTrip.job),
      unit: '×',
      bar: 1.5,
    },
    atLeast('tiny events', best(tiny.job), 'events/s', 40_000),
    atLeast('bare exchange of their messages', best(tiny.compared), 'events/s', null),
    atLeast('tiny events over bare', best(tiny.job) / best(tiny.compared), '×', 0.35),
    atLeast('tiny events, with a journal of transitions', best(journaled.job), 'events/s', null),
    atLeast(
      'with a journal over without',
      best(journaled.job) / best(journaled.compared),
      '×',
      0.8,
    ),
    ...replayRows(figures),
    ...overAlone('velo JSON, tracks in another process', offloaded, 0.95),
    ...overAlone('velo JSON, another process idle', idle, 0.97),
    { name: 'rounds of each measurement', value: rounds, unit: '', bar: null },
  ];
}

/** The packets of a journal hold many events each, which a bare consumer leaves as they are: both are shown. */
function replayRows({ replayed: { job, compared }, packets }: TransportFigures): Row[] {
  const consumer = 'bare ordered consumer';
  return [
    atLeast('replay of transitions', best(job), 'events/s', null),
    atLeast(`${consumer}, a message an event`, best(compared), 'events/s', null),
    atLeast('replay over it', best(job) / best(compared), '×', 0.6),
    atLeast(`${consumer} of the packets as they are`, best(packets), 'events/s', null),
    atLeast('replay over that', best(job) / best(packets), '×', 0.6),
  ];
}

function overAlone(name: string, rates: Rates | undefined, bar: number): Row[] {
  if (rates === undefined) return [];
  return [
    atLeast(name, best(rates.job), 'events/s', null),
    atLeast(`${name}, over alone`, best(rates.job) / best(rates.compared), '×', bar),
  ];
}

function atLeast(name: string, value: number, unit: string, bar: number | null): Row {
  return { name, value, unit, bar, moreIsBetter: true };
}

/** The best of each counts, since noise only ever adds. */
function best(rates: readonly number[]): number {
  return Math.max(...rates);
}
