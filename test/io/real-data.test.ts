/** The sources on real data: LHCb raw data, VELO hits, CMS tables. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFolder } from '../../io/folder-of-files.ts';
import {
  banksOfType,
  CsvSource,
  MdfSource,
  ParquetSource,
  readOdin,
  readRawBanks,
} from '../../io/index.ts';
import { VeloJsonSource } from '../../examples/velo/json-source.ts';
import { openSource, temporaryFolder } from './open-source.ts';
import { shareOf, sharesItsInput } from './shared-source.contract.ts';

const data = process.env.EDMESH_DATA ?? '';
const mdf = join(data, 'lhcb-mdf/MiniBrunel_2018_MinBias_FTv4_DIGI_retinacluster_v1.mdf');
const dimuons = join(data, 'cms/Zmumu_Run2011A_masses.csv');

// There is no real data where EDMESH_DATA is not set.
describe.skipIf(data === '')('real data', () => {
  it.each([true, false])('LHCb raw data, preload %s', async (preload) => {
    const bytes = readFileSync(mdf);
    const source = await openSource(MdfSource({ file: mdf, preload }));
    const read = await source.readAll();
    expect(read.map(({ id }) => id.event)).toEqual(
      Array.from({ length: 10 }, (_, index) => 6001 + index),
    );
    let offset = 0;
    for (const { id, error, products } of read) {
      expect(error).toBeUndefined();
      expect(id).toMatchObject({ run: 6718861, lumi: 1, timeUs: 0 });
      const raw = (products.RawEvent as { bytes: Uint8Array }).bytes;
      expect(Buffer.compare(raw, bytes.subarray(offset, offset + raw.byteLength))).toBe(0);
      offset += raw.byteLength;
      const banks = readRawBanks(raw);
      expect(banksOfType(banks, 73).map(({ source: sensor }) => sensor)).toEqual(
        Array.from({ length: 208 }, (_, sensor) => sensor),
      );
      expect(readOdin(banks)).toMatchObject({ run: 6718861, event: BigInt(id.event) });
    }
    expect(offset).toBe(bytes.byteLength);
  });

  it.each([true, false])('LHCb raw data with a broken header, preload %s', async (preload) => {
    const bytes = new Uint8Array(readFileSync(mdf));
    bytes[467556] = 0;
    const file = join(temporaryFolder(), 'broken.mdf');
    writeFileSync(file, bytes);
    const read = await (await openSource(MdfSource({ file, preload }))).readAll();
    expect(
      read.map(({ id, error }) => (error === undefined ? id.event : error.fields.offset)),
    ).toEqual([6001, 6002, 467556, 6004, 6005, 6006, 6007, 6008, 6009, 6010]);
  });

  it('a folder of VELO hits', async () => {
    const files = await listFolder(join(data, 'lhcb-velo-json/minibias'), '.json');
    expect(files.map(({ number }) => number)).toEqual(files.map((_, index) => index));
    expect(files).toHaveLength(200);
  });

  it('dimuons as CSV are the same preloaded and streamed', async () => {
    const parameters = { file: dimuons, run: 'Run', event: 'Event' };
    const preloaded = await (
      await openSource(CsvSource({ ...parameters, preload: true }))
    ).readAll();
    const streamed = await (await openSource(CsvSource(parameters))).readAll();
    expect(preloaded).toHaveLength(10_851);
    expect(streamed).toEqual(preloaded);
    expect(new Set(preloaded.map(({ id }) => id.run)).size).toBe(19);
    expect(preloaded[0]).toMatchObject({
      id: { run: 165617, event: 74969122 },
      products: { TableRow: { Type1: 'G', E1: 59.9226, Q2: -1, M: 89.9557 } },
    });
  });

  it('NanoAOD as Parquet has lists', async () => {
    const file = join(data, 'cms/Run2012B_SingleMu-1000.parquet');
    const columns = ['nMuon', 'Muon_pt', 'Muon_charge'];
    const ids = { run: 'run', lumi: 'luminosityBlock', event: 'event' };
    const source = await openSource(ParquetSource({ file, columns, ...ids }));
    const read = await source.readAll();
    expect(read).toHaveLength(1000);
    expect(read[0]?.id).toEqual({ run: 194711, lumi: 299, event: 263142897, timeUs: 0 });
    for (const { products } of read) {
      const row = products.TableRow as { nMuon: number; Muon_pt: number[]; Muon_charge: number[] };
      expect(row.Muon_pt).toHaveLength(row.nMuon);
      expect(row.Muon_charge.every((charge) => Math.abs(charge) === 1)).toBe(true);
    }
  });

  it('a compression that cannot be read is named', async () => {
    const file = join(data, 'root/nano_dimuon.parquet');
    const source = await openSource(ParquetSource({ file, columns: ['Muon_pt'] }));
    expect((await source.readAll()).length).toBe(40);
  });
});

// As above.
describe.skipIf(data === '')('shared real data', () => {
  const velo = join(data, 'lhcb-velo-json/minibias');
  const nano = {
    file: join(data, 'cms/Run2012B_SingleMu-1000.parquet'),
    columns: ['nMuon', 'Muon_pt', 'Muon_charge'],
    ...{ run: 'run', lumi: 'luminosityBlock', event: 'event' },
  };
  describe.each([
    ['VELO hits', () => VeloJsonSource({ folder: velo, preload: true, events: 25 })],
    ['LHCb raw data', () => MdfSource({ file: mdf, preload: true })],
    ['NanoAOD', () => ParquetSource({ ...nano, preload: true })],
    ['NanoAOD by row group', () => ParquetSource(nano)],
  ])('of %s', (_name, configure) => sharesItsInput(configure));

  it('of 200 VELO events are one buffer, and names', async () => {
    const { reader } = await openSource(VeloJsonSource({ folder: velo, preload: true }));
    const { names, results } = shareOf(reader) as {
      names: string[];
      results: { buffers: SharedArrayBuffer[]; places: Float64Array };
    };
    expect(names).toHaveLength(200);
    expect(results.buffers).toHaveLength(1);
    expect(results.places).toHaveLength(600);
  });
});
