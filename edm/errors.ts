import { errorTable, type ErrorCode } from './error-table.ts';
import { exitCodeOf } from './exit-codes.ts';

/** Values that an error carries besides its message: labels, files, offsets, ids. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Options of an {@link EdmeshError}. */
export interface EdmeshErrorOptions {
  /** A category other than the one of the code; a module may use its own name, which the exception policy can list. */
  readonly category?: string;
  readonly fields?: ErrorFields;
  readonly cause?: unknown;
}

const brand = Symbol.for('edmesh.EdmeshError');

/**
 * The one error family of edmesh. `code` names the condition (see `docs/errors.md`), `category` is what the exception
 * policy looks at, `exitCode` is the CMS code, `fields` are for machines and `contexts` say where it happened,
 * innermost first. `instanceof` holds across threads and bundles.
 */
export class EdmeshError extends Error {
  readonly code: ErrorCode;
  readonly category: string;
  readonly fields: ErrorFields;
  /** Where it happened, innermost first, such as `module tracks`, `event 1:1:7`, `process VELO`. */
  readonly contexts: string[] = [];

  constructor(code: ErrorCode, message: string, options: EdmeshErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EdmeshError';
    this.code = code;
    this.category = options.category ?? errorTable[code].category;
    this.fields = options.fields ?? {};
    Object.defineProperty(this, brand, { value: true });
  }

  /** The CMS exit code of the category. */
  get exitCode(): number {
    return exitCodeOf(this.category);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

/** A copy of an error that also says where it happened; what is not an {@link EdmeshError} becomes the cause of one. */
export function withContext(thrown: unknown, ...contexts: readonly string[]): EdmeshError {
  const { code, message, category, fields, cause, stack, contexts: inner } = asEdmeshError(thrown);
  const error = new EdmeshError(code, message, { category, fields, cause });
  if (stack !== undefined) error.stack = stack;
  error.contexts.push(...inner, ...contexts);
  return error;
}

/** What was thrown as an {@link EdmeshError}: itself, or `EDMESH_MODULE_EXCEPTION` with the thrown value as its cause. */
export function asEdmeshError(thrown: unknown): EdmeshError {
  if (thrown instanceof EdmeshError) return thrown;
  const message = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return new EdmeshError('EDMESH_MODULE_EXCEPTION', message, { cause: thrown });
}

/** One error that lists all problems found, each on its own line; the messages are also in `fields.problems`. */
export function listedError(
  code: ErrorCode,
  title: string,
  problems: readonly string[],
): EdmeshError {
  const lines = problems.map((problem) => `  - ${problem}`).join('\n');
  const count = problems.length === 1 ? '1 problem' : `${String(problems.length)} problems`;
  return new EdmeshError(code, `${title}: ${count}\n${lines}`, { fields: { problems } });
}

/** The error of an option of a command that was given a wrong value; `fields.option` names it. */
export function wrongOption(option: string, problem: string): EdmeshError {
  return new EdmeshError('EDMESH_COMMAND_LINE', `${option}: ${problem}`, { fields: { option } });
}

/** Makes a switch over a closed union exhaustive: a new member fails to compile here. */
export function assertNever(value: never): never {
  throw new EdmeshError('EDMESH_INTERNAL', `unexpected value ${String(value)}`);
}
