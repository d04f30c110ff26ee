import { CsvSource, defineProcess, ParquetSource, z } from 'edmesh';
import { MassWindowFilter, OppositeSignFilter } from './dimuon-filters.ts';
import { DimuonProducer } from './dimuon-producer.ts';
import { MassAnalyzer } from './mass-histogram.ts';
import { massColumns, nanoColumns, pairColumns } from './muon-pair.ts';
import { RunHistogramsAnalyzer, RunMassProducer } from './run-histograms.ts';

/** Pairs of muons of CMS open data: a CSV file of dimuon candidates, or a Parquet file in NanoAOD form. */
function sourceOf(file: string, preload: boolean) {
  if (/\.csv$/i.test(file)) {
    const ids = { run: 'Run', event: 'Event' };
    return CsvSource({
      file,
      preload,
      columns: pairColumns,
      optional: massColumns,
      text: [],
      ...ids,
    });
  }
  // NanoAOD has luminosity blocks; one is enough here, as in the CSV files.
  return ParquetSource({ file, preload, columns: nanoColumns, run: 'run', event: 'event' });
}

const tableFile = z
  .string({ error: 'name the table to read: -p input=FILE.csv or -p input=FILE.parquet' })
  .regex(/\.(?:csv|parquet)$/i, 'the name of the table must end in .csv or .parquet');

export default defineProcess({
  name: 'DIMUON',
  description: 'The Z boson in pairs of muons: CMS open data from a CSV or Parquet table.',
  parameters: z.object({
    input: tableFile.describe('table of muons, CSV or Parquet'),
    preload: z.boolean().default(false).describe('read the table before the first event'),
  }),
  configure: ({ input, preload }) => ({
    source: sourceOf(input, preload),
    modules: {
      dimuon: DimuonProducer(),
      oppositeSign: OppositeSignFilter(),
      zWindow: MassWindowFilter({ low: 60, high: 120 }),
      zPeak: MassWindowFilter({ low: 81, high: 101 }),
      allMass: MassAnalyzer({ title: 'dimuon mass' }),
      peakMass: MassAnalyzer({ title: 'dimuon mass, Z peak' }),
      runMass: RunMassProducer(),
      runHistograms: RunHistogramsAnalyzer(),
    },
    paths: {
      window: ['dimuon', 'oppositeSign', 'zWindow'],
      peak: ['dimuon', 'oppositeSign', 'zPeak', 'peakMass'],
    },
    endPaths: {
      histograms: ['allMass', 'runMass', 'runHistograms'],
    },
  }),
});
