/** MdfSource, preloaded and streamed: the same events, the same errors. */
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SoAOf } from '../../edm/index.ts';
import type { RawEvent } from '../../io/index.ts';
import { MdfSource } from '../../io/index.ts';
import { concat, mdfEvent, mdfEvents, viewOf } from './mdf-bytes.ts';
import { attachSource, errorOf, openSource, temporaryFolder } from './open-source.ts';
import { shareOf, sharesItsInput } from './shared-source.contract.ts';

const bytesOf = (product: unknown): number[] => [...(product as SoAOf<typeof RawEvent>).bytes];

describe.each([true, false])('an MDF file with preload %s', (preload) => {
  const write = (bytes: Uint8Array): string => {
    const file = join(temporaryFolder(), 'events.mdf');
    writeFileSync(file, bytes);
    return file;
  };

  it('gives its events with ids and bytes, in any order', async () => {
    const events = mdfEvents(4);
    const source = await openSource(
      MdfSource({ file: write(concat(...events)), preload, lumi: 5 }),
    );
    for (const index of [2, 0, 3, 1, 2]) {
      const read = await source.read(index);
      expect(read?.error).toBeUndefined();
      expect(read?.id).toEqual({ run: 7, lumi: 5, event: index + 1, timeUs: 0 });
      expect(bytesOf(read?.products.RawEvent)).toEqual([...events[index]!]);
    }
  });

  it('goes on after a corrupt event, which names file, byte and reason', async () => {
    const events = mdfEvents(4);
    events[1]![0]! ^= 1;
    viewOf(events[2]!).setUint16(events[2]!.byteLength - 28 + 2, 0xff00, true);
    const file = write(concat(...events));
    const read = await (await openSource(MdfSource({ file, preload }))).readAll();
    expect(read.map(({ error }) => error?.code)).toEqual([
      undefined,
      'EDMESH_EVENT_CORRUPT',
      'EDMESH_EVENT_CORRUPT',
      undefined,
    ]);
    const second = events[0]!.byteLength;
    expect(read[1]?.error?.message).toBe(
      `${file}, byte ${second}: the three sizes of the event header differ`,
    );
    expect(read[1]?.id).toEqual({ run: 7, lumi: 1, event: 0, timeUs: 0 });
    const bank = second + events[1]!.byteLength + events[2]!.byteLength - 28;
    expect(read[2]?.error?.message).toContain(
      `${file}, byte ${bank}: a bank of 65280 bytes runs over`,
    );
    expect(read[2]?.id.event).toBe(3);
  });

  it('of many windows is read whole', async () => {
    const payload = new Uint8Array(65_000).fill(3);
    const before = [
      { type: 9, payload },
      { type: 9, payload },
    ];
    const events = [1, 2, 3].map((event) => mdfEvent({ run: 1, event, before }));
    const read = await (
      await openSource(MdfSource({ file: write(concat(...events)), preload }))
    ).readAll();
    expect(read.map(({ id }) => id.event)).toEqual([1, 2, 3]);
    expect(read.every(({ error }) => error === undefined)).toBe(true);
  });

  it('that is none is refused when it is opened', async () => {
    const file = write(new TextEncoder().encode('not raw data at all, but some text'));
    const error = await errorOf(openSource(MdfSource({ file, preload })));
    expect(error.code).toBe('EDMESH_FILE_READ');
    expect(error.message).toContain(`${file}, byte 0: not an MDF file`);
    expect(error.exitCode).toBe(8021);
  });

  it('that is missing, or a folder, is refused when it is opened', async () => {
    const folder = temporaryFolder();
    const missing = await errorOf(openSource(MdfSource({ file: join(folder, 'no.mdf'), preload })));
    expect(missing.code).toBe('EDMESH_FILE_OPEN');
    expect(missing.message).toBe(`${join(folder, 'no.mdf')}: it does not exist`);
    const wrong = await errorOf(openSource(MdfSource({ file: folder, preload })));
    expect(wrong.message).toBe(`${folder}: it is not a file`);
    expect(wrong.exitCode).toBe(8020);
  });
});

it('a file that becomes shorter while it is read fails the events it lost', async () => {
  const events = mdfEvents(3);
  const file = join(temporaryFolder(), 'events.mdf');
  writeFileSync(file, concat(...events));
  const source = await openSource(MdfSource({ file }));
  truncateSync(file, events[0]!.byteLength + 60);
  const read = await source.readAll();
  expect(read.map(({ error }) => error?.code)).toEqual([
    undefined,
    'EDMESH_EVENT_CORRUPT',
    'EDMESH_EVENT_CORRUPT',
  ]);
  expect(read[1]?.error?.message).toContain(`byte ${events[0]!.byteLength + 60}: the file ends`);
});

describe.each([true, false])('a shared MDF file with preload %s', (preload) => {
  sharesItsInput(() => {
    const events = mdfEvents(6);
    events[1]![0]! ^= 1;
    viewOf(events[2]!).setUint16(events[2]!.byteLength - 28 + 2, 0xff00, true);
    const file = join(temporaryFolder(), 'events.mdf');
    writeFileSync(file, concat(...events));
    return MdfSource({ file, preload, lumi: 5, events: 5 });
  });
});

it('a preloaded MDF file is shared as it was read', async () => {
  const whole = concat(...mdfEvents(3));
  const file = join(temporaryFolder(), 'events.mdf');
  writeFileSync(file, whole);
  const configuration = MdfSource({ file, preload: true });
  const shared = shareOf((await openSource(configuration)).reader) as { bytes: Uint8Array };
  expect(Buffer.compare(shared.bytes, whole)).toBe(0);
  expect(shared.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
  rmSync(file);
  const attached = await attachSource(configuration, shared);
  expect((await attached.readAll()).map(({ id }) => id.event)).toEqual([1, 2, 3]);
  const error = await errorOf(attachSource(MdfSource({ file }), shared));
  expect(error.message).toContain('Unrecognized key: "bytes"');
});
