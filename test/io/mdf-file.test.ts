/** The scan of an MDF file: every byte is in an event or in a corrupt stretch, and what is sound is found. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdmeshError } from '../../edm/index.ts';
import { scanMdf, type MdfStretch } from '../../io/mdf-file.ts';
import { indexMdf } from '../../io/mdf-index.ts';
import { concat, mdfEvent, mdfEvents, viewOf, withHeader } from './mdf-bytes.ts';

const scan = (bytes: Uint8Array): MdfStretch[] => [...scanMdf(viewOf(bytes))];
const index = (bytes: Uint8Array) =>
  indexMdf(viewOf(bytes), { file: 'f.mdf', lumi: 1, allBanks: true });
const offsetOf = (events: readonly Uint8Array[], number: number): number =>
  events.slice(0, number).reduce((sum, event) => sum + event.byteLength, 0);

describe('a sound file', () => {
  it('is cut into its events', () => {
    const events = mdfEvents(5);
    const found = scan(concat(...events));
    expect(found.map(({ length }) => length)).toEqual(events.map((event) => event.byteLength));
    expect(found.map(({ problem }) => problem)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('gives ids from ODIN, in both versions of the bank', () => {
    const event = 2 ** 40 + 3;
    const gpsTime = 1_500_000_000_000_000n;
    for (const odinVersion of [6, 7]) {
      const [entry] = index(mdfEvent({ run: 4_000_000_000, event, gpsTime, odinVersion }));
      expect(entry?.id).toEqual({
        run: 4_000_000_000,
        lumi: 1,
        event,
        timeUs: 1_500_000_000_000_000,
      });
    }
  });

  it('takes a time that is none as unknown', () => {
    const [entry] = index(mdfEvent({ run: 1, event: 1, gpsTime: 0xd0d0_d0d0_d0d0_d0d0n }));
    expect(entry?.id.timeUs).toBe(0);
    expect(entry?.problem).toBeUndefined();
  });
});

describe('a corrupt file', () => {
  it.each([0, 4, 8])('with a wrong size at byte %i of a header loses that event alone', (at) => {
    const events = mdfEvents(4);
    events[1]![at]! ^= 0x15;
    const entries = index(concat(...events));
    expect(entries.map(({ id }) => id.event)).toEqual([1, 0, 3, 4]);
    expect(entries[1]?.problem?.offset).toBe(events[0]!.byteLength);
    expect(entries[1]?.length).toBe(events[1]!.byteLength);
    expect(entries[1]?.id.run).toBe(7);
  });

  it.each([-40, 12, 4000])('with all three sizes wrong by %i loses that event alone', (wrong) => {
    const events = mdfEvents(60);
    const view = viewOf(events[1]!);
    for (const at of [0, 4, 8]) view.setUint32(at, events[1]!.byteLength + wrong, true);
    const entries = index(concat(...events));
    expect(entries.filter(({ problem }) => problem !== undefined)).toHaveLength(1);
    expect(entries.map(({ id }) => id.event)).toEqual(
      events.map((_, at) => (at === 1 ? 0 : at + 1)),
    );
  });

  it('names the byte at which it ends too soon', () => {
    const events = mdfEvents(3);
    const bytes = concat(...events);
    const entries = index(bytes.subarray(0, bytes.byteLength - 10));
    expect(entries.map(({ id }) => id.event)).toEqual([1, 2, 0]);
    expect(entries[2]?.offset).toBe(offsetOf(events, 2));
    expect(entries[2]?.problem?.offset).toBe(offsetOf(events, 2));
    expect(entries[2]?.problem?.reason).toMatch(/declares \d+ bytes, and only \d+ are left/);
  });

  it('with a bank that runs over the end keeps its ids and is one corrupt event', () => {
    const events = mdfEvents(3);
    const last = viewOf(events[1]!);
    last.setUint16(events[1]!.byteLength - 24 + 2, 0xfff0, true);
    const entries = index(concat(...events));
    expect(entries[1]?.problem?.reason).toContain('runs over the end of its event');
    expect(entries.map(({ id }) => id.event)).toEqual([1, 2, 3]);
  });

  it('without ODIN counts as a corrupt event of the run before', () => {
    const [first, second] = mdfEvents(2);
    const without = withHeader(first!.subarray(48, 48 + 16));
    const entries = index(concat(first!, without, second!));
    expect(entries.map(({ id }) => [id.run, id.event])).toEqual([
      [7, 1],
      [7, 0],
      [7, 2],
    ]);
    expect(entries[1]?.problem?.reason).toContain('no ODIN bank');
  });

  it('with a corrupt beginning takes the run of the first sound event', () => {
    const entries = index(concat(new Uint8Array(30), ...mdfEvents(1)));
    expect(entries.map(({ id }) => [id.run, id.event])).toEqual([
      [7, 0],
      [7, 1],
    ]);
  });

  it.each([
    ['empty', new Uint8Array(0), 'the file is empty'],
    [
      'text',
      new TextEncoder().encode('run,event\n1,2\n'.repeat(20)),
      'sizes of the event header differ',
    ],
    ['zeros', new Uint8Array(5000), 'too few for one bank'],
  ])('that is %s is refused as a whole', (_, bytes, reason) => {
    expect(() => index(bytes)).toThrow(reason);
    expect(() => index(bytes)).toThrow(/^f\.mdf, byte 0: not an MDF file/);
    expect(() => index(bytes)).toThrow(expect.objectContaining({ code: 'EDMESH_FILE_READ' }));
  });

  it('whose banks lack their mark is refused as a whole, naming the byte', () => {
    const event = mdfEvents(1)[0]!;
    event[48] = 0;
    expect(() => index(event)).toThrow(/^f\.mdf, byte 48: .*a bank lacks its mark 0xCBCB/);
  });
});

describe('whatever the bytes are', () => {
  const mutation = fc.record({ at: fc.nat(), value: fc.nat(255) });
  const mutated = fc
    .tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.array(mutation, { maxLength: 12 }),
      fc.nat(),
      fc.nat(60),
    )
    .map(([count, mutations, cutAt, cut]) => {
      const bytes = concat(...mdfEvents(count));
      for (const { at, value } of mutations) bytes[at % bytes.byteLength] = value;
      const from = cutAt % bytes.byteLength;
      return concat(
        bytes.subarray(0, from),
        bytes.subarray(Math.min(bytes.byteLength, from + cut)),
      );
    });
  const anyBytes = fc.oneof(mutated, fc.uint8Array({ maxLength: 300 }));

  it('every byte is in exactly one stretch', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        let end = 0;
        for (const { offset, length, problem } of scan(bytes)) {
          expect(offset).toBe(end);
          expect(length).toBeGreaterThan(0);
          if (problem !== undefined) expect(problem.offset).toBeLessThan(bytes.byteLength);
          end = offset + length;
        }
        expect(end).toBe(bytes.byteLength);
      }),
      { numRuns: 500 },
    );
  });

  it('nothing but an EdmeshError is thrown', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        try {
          for (const { id, problem } of index(bytes)) {
            expect(id.run).toBeGreaterThanOrEqual(0);
            if (problem === undefined) expect(Number.isSafeInteger(id.event)).toBe(true);
          }
        } catch (error) {
          if (!(error instanceof EdmeshError)) throw error;
          expect(error.code).toBe('EDMESH_FILE_READ');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('noise in one header costs that event and no other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }),
        fc.nat(),
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        (count, which, noise) => {
          const [a, b, c] = [0, 4, 8].map((at) => viewOf(noise).getUint32(at, true));
          fc.pre(a !== b || b !== c);
          const events = mdfEvents(count);
          const bad = which % count;
          events[bad]!.set(noise);
          const ids = index(concat(...events)).map(({ id }) => id.event);
          expect(ids).toEqual(events.map((_, at) => (at === bad ? 0 : at + 1)));
        },
      ),
    );
  });

  it('a scan is over soon, also where headers are nested in banks', () => {
    // Each event begins inside a bank of the one before and ends nowhere: the worst case for looking twice.
    const count = 20_000;
    const view = new DataView(new ArrayBuffer(36 * count));
    for (let at = 0; at < count; at++) {
      const offset = 36 * at;
      for (const size of [0, 4, 8])
        view.setUint32(offset + size, view.byteLength - offset - 3, true);
      view.setUint16(offset + 20, 0xcbcb, true);
      view.setUint16(offset + 22, 36, true);
    }
    const started = performance.now();
    const stretches = [...scanMdf(view)];
    expect(stretches.length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
