/**
 * Exception categories and their exit codes, in CMS words and with the CMS numbers. The exit status of a process is the
 * code modulo 256. A category that is not listed here (a module may throw its own) exits as `OtherCMS`.
 */
export const categoryExitCodes = {
  CommandLineProcessing: 7000,
  ConfigFileNotFound: 7001,
  ConfigFileReadError: 7002,
  OtherCMS: 8001,
  StdException: 8002,
  UnknownException: 8003,
  BadAlloc: 8004,
  ProductNotFound: 8006,
  InsertFailure: 8008,
  Configuration: 8009,
  LogicError: 8010,
  EventTimeout: 8015,
  EventCorruption: 8016,
  FileOpenError: 8020,
  FileReadError: 8021,
  NotFound: 8026,
  FormatIncompatibility: 8027,
  FileWriteError: 8033,
  UnavailableAccelerator: 8035,
  ExternalFailure: 8036,
  UnexpectedJobTermination: 8901,
  CaughtSignal: 9000,
} as const;

/** A category of the CMS table. */
export type Category = keyof typeof categoryExitCodes;

/** The CMS exit code of a category; a category of a module's own counts as `OtherCMS` (8001). */
export function exitCodeOf(category: string): number {
  return Object.hasOwn(categoryExitCodes, category)
    ? categoryExitCodes[category as Category]
    : categoryExitCodes.OtherCMS;
}

/** The status with which the operating system sees the process end: the code modulo 256, and never 0 for a failure. */
export function exitStatusOf(exitCode: number): number {
  return exitCode === 0 ? 0 : exitCode % 256 || 1;
}
