import { EdmeshError, type Holder } from '../../edm/index.ts';

/**
 * The open end of one external work. It completes once; after the module has been given up on (a time-out), a late
 * completion is dropped.
 */
export class OneShotHolder implements Holder {
  waitsFor?: string;
  readonly #moduleLabel: string;
  readonly #complete: (error: unknown) => void;
  #called = false;
  #completed = false;
  #abandoned = false;

  /** `complete` is called once, with `undefined` or with what went wrong. */
  constructor(moduleLabel: string, complete: (error: unknown) => void) {
    this.#moduleLabel = moduleLabel;
    this.#complete = complete;
  }

  done(): void {
    this.#call();
    this.#settle(undefined);
  }

  fail(error: unknown): void {
    this.#call();
    this.#settle(error ?? nothingSaid());
  }

  follow(promise: Promise<unknown>): void {
    this.#call();
    promise.then(
      () => {
        this.#settle(undefined);
      },
      (error: unknown) => {
        this.#settle(error ?? nothingSaid());
      },
    );
  }

  /** Completes the holder from the side of the framework, unless it is complete: whatever comes later is dropped. */
  abandon(error: EdmeshError): boolean {
    if (this.#completed) return false;
    this.#settle(error);
    this.#abandoned = true;
    return true;
  }

  /** One call completes the holder, `follow` too, though later. */
  #call(): void {
    if (this.#called && !this.#abandoned) {
      throw new EdmeshError(
        'EDMESH_HOLDER_COMPLETED_TWICE',
        `the external work of ${this.#moduleLabel} was completed twice; call done, fail or follow once`,
        { fields: { label: this.#moduleLabel } },
      );
    }
    this.#called = true;
  }

  #settle(error: unknown): void {
    if (this.#abandoned) return;
    this.#completed = true;
    this.#complete(error);
  }
}

function nothingSaid(): EdmeshError {
  return new EdmeshError('EDMESH_MODULE_EXCEPTION', 'external work failed');
}
