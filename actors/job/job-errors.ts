import { asEdmeshError, withContext, type EdmeshError } from '../../edm/index.ts';
import { errorsListedMax, type ErrorReport } from './report.ts';

/** Errors that a job survives are told one by one up to this many. */
const survivedToldMax = 20;

/** Collects the errors of a job; the first fatal one decides how the job ends. */
export class JobErrors {
  readonly #listed: ErrorReport[] = [];
  readonly #process: string;
  readonly #onFatal: (error: EdmeshError) => void;
  readonly #warn: (message: string) => void;
  #survived = 0;
  #count = 0;
  #fatal: EdmeshError | undefined;
  #interruption: EdmeshError | undefined;

  constructor(
    process: string,
    onFatal: (error: EdmeshError) => void,
    warn: (message: string) => void,
  ) {
    this.#process = process;
    this.#onFatal = onFatal;
    this.#warn = warn;
  }

  /** The first fatal error. */
  get fatal(): EdmeshError | undefined {
    return this.#fatal;
  }

  /** All errors, listed or not. */
  get count(): number {
    return this.#count;
  }

  /** The first errors, for the report. */
  get listed(): readonly ErrorReport[] {
    return this.#listed;
  }

  /** Takes an error that ends the job. Contexts say where it happened, innermost first. */
  fail(thrown: unknown, ...contexts: readonly string[]): void {
    const error = this.#list(thrown, contexts, true);
    if (this.#fatal !== undefined) return;
    this.#fatal = error;
    this.#onFatal(error);
  }

  /** Takes an error that ends the job, unless it is the one that has: it may come by more than one way. */
  failOnce(thrown: unknown, ...contexts: readonly string[]): void {
    const { code, message } = asEdmeshError(thrown);
    const isKnown = this.#fatal?.code === code && this.#fatal.message === message;
    if (!isKnown) this.fail(thrown, ...contexts);
  }

  /** Takes what stops the job before its end without a failure. Only the first is told. */
  interrupt(error: EdmeshError): void {
    this.#interruption ??= this.#list(error, [], true);
  }

  /** The exit code of the job as far as it has come. */
  get exitCode(): number {
    return (this.#fatal ?? this.#interruption)?.exitCode ?? 0;
  }

  /** Takes an error that the job survives. */
  survive(thrown: unknown, ...contexts: readonly string[]): void {
    const error = this.#list(thrown, contexts, false);
    this.#survived++;
    if (this.#survived < survivedToldMax) {
      const where = error.contexts.slice(0, -1).join(', ');
      this.#warn(`${where}: ${error.category}: ${error.message}`);
    } else if (this.#survived === survivedToldMax) {
      this.#warn(
        'there are more errors that the job survives; the report counts all and lists the first',
      );
    }
  }

  #list(thrown: unknown, contexts: readonly string[], fatal: boolean): EdmeshError {
    const error = withContext(thrown, ...contexts, `process ${this.#process}`);
    this.#count++;
    const isFirstFatal = fatal && this.#fatal === undefined;
    if (isFirstFatal && this.#listed.length === errorsListedMax) this.#listed.pop();
    if (this.#listed.length < errorsListedMax) this.#listed.push(errorReport(error, fatal));
    return error;
  }
}

/** An error as reports show it. */
function errorReport(error: EdmeshError, fatal: boolean): ErrorReport {
  const cause = error.cause instanceof Error ? error.cause.stack : undefined;
  return {
    code: error.code,
    category: error.category,
    exitCode: error.exitCode,
    message: error.message,
    contexts: error.contexts,
    fields: error.fields,
    fatal,
    stack: cause ?? error.stack ?? '',
  };
}
