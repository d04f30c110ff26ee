export { CsvSource } from './csv-source.ts';
export { EmptySource } from './empty-source.ts';
export { defineFolderSource } from './folder-source.ts';
export type { FolderSourceDeclaration } from './folder-source.ts';
export { MdfSource, RawEvent } from './mdf-source.ts';
export { odinBankType, odinBytes, readOdin } from './odin.ts';
export type { Odin } from './odin.ts';
export { ParquetSource } from './parquet-source.ts';
export {
  bankHeaderBytes,
  bankMagic,
  banksOfType,
  fixedHeaderBytes,
  readRawBanks,
} from './raw-banks.ts';
export type { RawBank, RawBanks } from './raw-banks.ts';
export { TableRow } from './table-row.ts';
export type { TableValue } from './table-row.ts';
