/** Input that is not what it should be: each is an error that says where, and nothing hangs or is skipped silently. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorReport } from '../../../actors/index.ts';
import { readRawBanks } from '../../../index.ts';
import { simulatedGeometryBytes } from '../../../examples/velo/algorithms/simulated-geometry.ts';
import json from '../../../examples/velo/json.config.ts';
import velo from '../../../examples/velo/velo.config.ts';
import { simulatedMdf } from './simulated-events.ts';
import { runVelo } from './velo-job.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edmesh-velo-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const { bytes, starts } = simulatedMdf(5);
const third = starts[2] ?? 0;

/** Raw data with one change in the third event. */
function broken(change: (event: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  change(new DataView(copy.buffer, third));
  return copy;
}

/** The first error of a job that must have failed. */
function fatal(report: { exitCode: number; errors: readonly ErrorReport[] }): ErrorReport {
  const [error] = report.errors;
  expect(report.exitCode).not.toBe(0);
  if (error === undefined) throw new Error('an error was expected');
  expect(error.code).toMatch(/^EDMESH_/);
  return error;
}

describe('raw data', () => {
  it('needs its geometry', () => {
    expect(() => velo.configure({ input: 'a.mdf' })).toThrow(/geometry: events of a\.mdf/);
  });

  it('goes through from a file as simulated', async () => {
    const geometry = file('good.bin', simulatedGeometryBytes());
    const report = await runVelo(velo, { input: file('good.mdf', bytes), geometry });
    expect(report.errors).toEqual([]);
    expect(report.events).toBe(5);
  });

  for (const preload of [true, false]) {
    const how = preload ? 'preloaded' : 'streamed';
    it(`that is cut short fails with file and byte, ${how}`, async () => {
      const input = file('cut.mdf', bytes.subarray(0, bytes.length - 1000));
      const geometry = file('good.bin', simulatedGeometryBytes());
      const error = fatal(await runVelo(velo, { input, geometry, preload }));
      expect(error.category).toBe('EventCorruption');
      expect(error.exitCode).toBe(8016);
      expect(error.message).toMatch(/cut\.mdf, byte \d+/);
    });

    it(`with a broken bank in one event goes on after it where it may, ${how}`, async () => {
      const input = file(
        'broken.mdf',
        broken((event) => event.setUint16(48 + 48, 0, true)),
      );
      const geometry = file('good.bin', simulatedGeometryBytes());
      const stopped = await runVelo(velo, { input, geometry, preload });
      expect(fatal(stopped).message).toMatch(/broken\.mdf, byte \d+/);
      const report = await runVelo(velo, { input, geometry, preload, skipCorrupt: true });
      expect(report.exitCode).toBe(0);
      expect(report.events).toBe(5);
      expect(report.modules.vertices?.run).toBe(4);
      expect(report.errorCount).toBe(1);
    });
  }

  it('with words that are no clusters fails in the module that decodes them, and goes on', async () => {
    // The first VELO bank of an event comes after the ODIN bank: its count no longer agrees with its length.
    const input = file(
      'words.mdf',
      broken((event) => event.setUint32(48 + 48 + 8, 9999, true)),
    );
    const geometry = file('good.bin', simulatedGeometryBytes());
    const error = fatal(await runVelo(velo, { input, geometry }));
    expect(error.message).toMatch(/bank 63 of sensor 0, byte \d+: it declares 9999 words/);
    expect(error.contexts.join(' ')).toContain('clusters');
    const report = await runVelo(velo, { input, geometry, skipCorrupt: true }, { streams: 3 });
    expect(report.exitCode).toBe(0);
    expect(report.modules.clusters).toMatchObject({ run: 5, failed: 1 });
    expect(report.modules.vertices?.run).toBe(4);
    expect(report.modules.trackValidator?.run).toBe(4);
  });

  it('without truth fails where it is to be validated, and counts sensors that are off', async () => {
    const without = bytes.slice();
    const view = new DataView(without.buffer);
    let dropped = 0;
    for (const { offset, type, source } of starts.flatMap((start, index) => {
      const event = without.subarray(start, starts[index + 1] ?? without.length);
      return readRawBanks(event).banks.map((bank) => ({ ...bank, offset: start + bank.offset }));
    })) {
      const off = type === 63 && source < 3;
      if (off) dropped++;
      if (off || type === 32 || type === 33) view.setUint8(offset - 4, 200);
    }
    const parameters = {
      input: file('without.mdf', without),
      geometry: file('good.bin', simulatedGeometryBytes()),
    };
    const error = fatal(await runVelo(velo, parameters));
    expect(error.message).toMatch(/no bank of type 32 .* give validation=false/);
    const report = await runVelo(velo, { ...parameters, validation: false });
    expect(report.errors).toEqual([]);
    expect(report.modules.clusters?.summary).toEqual({ events: 5, absentSensors: dropped });
  });
});

describe('the geometry', () => {
  const geometryBytes = simulatedGeometryBytes();

  it('of a wrong size or that is missing fails with the name of the file', async () => {
    const input = file('good.mdf', bytes);
    const cases: [string, RegExp][] = [
      [file('short.bin', geometryBytes.subarray(0, 5000)), /short\.bin, byte \d+, x pitch/],
      [file('empty.bin', ''), /empty\.bin, byte 0, module z/],
      [join(folder, 'absent.bin'), /absent\.bin/],
    ];
    for (const [geometry, message] of cases) {
      const error = fatal(await runVelo(velo, { input, geometry }));
      expect(error.message).toMatch(message);
      expect(['EDMESH_FILE_READ', 'EDMESH_FILE_OPEN']).toContain(error.code);
    }
  });
});

describe('JSON', () => {
  const description = 'key pid p pt eta phi isLong hasVelo charge hits'.split(' ');
  const event = {
    x: [1],
    y: [1],
    z: [1],
    module_prefix_sum: [0, ...Array.from({ length: 52 }, () => 1)],
    montecarlo: { description, particles: [] },
  };

  function folderOf(name: string, texts: readonly string[]): string {
    const path = mkdtempSync(join(folder, name));
    texts.forEach((text, index) => {
      writeFileSync(join(path, `event_${String(index)}.json`), text);
    });
    return path;
  }

  for (const preload of [true, false]) {
    it(`that is wrong fails with file and field, preload ${String(preload)}`, async () => {
      const good = JSON.stringify(event);
      const bad = JSON.stringify({ ...event, z: ['a'] });
      const input = folderOf('bad', [good, bad, good]);
      const error = fatal(await runVelo(json, { input, preload }));
      expect(error.message).toMatch(/event_1\.json, z: expected an array of numbers/);
      const report = await runVelo(json, { input, preload, skipCorrupt: true });
      expect([report.exitCode, report.modules.tracks?.run]).toEqual([0, 2]);
    });
  }

  it('without a column of the truth fails, and goes on where it may', async () => {
    const montecarlo = { ...event.montecarlo, description: [] };
    const input = folderOf('blind', [
      JSON.stringify(event),
      JSON.stringify({ ...event, montecarlo }),
    ]);
    const error = fatal(await runVelo(json, { input }));
    expect(error.message).toMatch(/event_1\.json, montecarlo\.description: no column 'hits'/);
    const report = await runVelo(json, { input, skipCorrupt: true });
    expect([report.exitCode, report.errorCount]).toEqual([0, 1]);
  });

  it('in an empty or missing folder is an error of the file', async () => {
    for (const input of [folderOf('empty', []), join(folder, 'nowhere')]) {
      const error = fatal(await runVelo(json, { input }));
      expect(error.code).toBe('EDMESH_FILE_OPEN');
      expect(error.message).toContain(input);
    }
  });

  it('gives as many events as asked for', async () => {
    const input = folderOf(
      'five',
      Array.from({ length: 5 }, () => JSON.stringify(event)),
    );
    expect((await runVelo(json, { input, events: 3 })).events).toBe(3);
    expect((await runVelo(json, { input })).events).toBe(5);
  });
});
