import { withContext, type EdmeshError } from '../../edm/index.ts';

/** Takes the errors of one lane: those that end the job, and those that it survives. */
export class LaneErrors {
  readonly #failed: (error: EdmeshError) => void;
  readonly #survived: (error: EdmeshError) => void;
  #hasFailed = false;

  constructor(tell: {
    readonly failed: (error: EdmeshError) => void;
    readonly survived: (error: EdmeshError) => void;
  }) {
    this.#failed = tell.failed;
    this.#survived = tell.survived;
  }

  /** Whether the job has failed, here or elsewhere. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** The job has failed elsewhere. */
  failedElsewhere(): void {
    this.#hasFailed = true;
  }

  /** Takes an error that ends the job. Contexts say where it happened, innermost first. */
  fail(thrown: unknown, ...contexts: readonly string[]): void {
    this.#hasFailed = true;
    this.#failed(withContext(thrown, ...contexts));
  }

  /** Takes an error that the job survives. */
  survive(thrown: unknown, ...contexts: readonly string[]): void {
    this.#survived(withContext(thrown, ...contexts));
  }
}
