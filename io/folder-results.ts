import { EdmeshError, type ErrorCode, type ErrorFields } from '../edm/index.ts';
import { isPlainData } from './plain-data.ts';
import { sharedValue, shareValues, type SharedValues } from './shared-values.ts';

/** What decoding a file gave. */
export type FileOutcome<T> = { readonly value: T } | { readonly failure: FileFailure };

/** Why a file could not be decoded. */
export interface FileFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fields: ErrorFields;
  /** What was thrown, as text where another thread caught it. */
  readonly cause: unknown;
}

/** The outcomes of all files of a folder, in memory. */
export class FolderResults<T> {
  #outcome: (index: number) => FileOutcome<T> | undefined;
  readonly #own: (FileOutcome<T> | undefined)[];
  #shared: SharedValues | undefined;

  private constructor(
    own: FileOutcome<T>[],
    outcome: (index: number) => FileOutcome<T> | undefined,
  ) {
    this.#own = own;
    this.#outcome = outcome;
  }

  /** Outcomes of this thread. */
  static of<T>(outcomes: FileOutcome<T>[]): FolderResults<T> {
    return new FolderResults(outcomes, (index) => outcomes[index]);
  }

  /** Outcomes that another thread shares. */
  static attached<T>(shared: SharedValues): FolderResults<T> {
    const results = new FolderResults<T>([], sharedOutcomes(shared));
    results.#shared = shared;
    return results;
  }

  /** What a file decoded to; `undefined` where there is no such file. Throws a new error each time where it failed. */
  get(index: number): { readonly value: T } | undefined {
    const outcome = this.#outcome(index);
    if (outcome === undefined || 'value' in outcome) return outcome;
    throw failureError(outcome.failure);
  }

  /** Moves the outcomes into shared memory; `undefined` where a file decoded to what is no plain data. */
  share(): SharedValues | undefined {
    if (this.#shared !== undefined) return this.#shared;
    const own = this.#own;
    const plain = own.every(
      (outcome) => outcome === undefined || 'failure' in outcome || isPlainData(outcome.value),
    );
    if (!plain) return undefined;
    this.#shared = shareValues(moved(own));
    this.#outcome = sharedOutcomes(this.#shared);
    return this.#shared;
  }
}

/** Why decoding a file failed; whatever was thrown, the file is named. */
export function fileFailure(file: string, error: unknown): FileFailure {
  const reason = error instanceof Error ? error.message : String(error);
  const message = reason.includes(file) ? reason : `${file}: ${reason}`;
  const known = error instanceof EdmeshError ? error : undefined;
  return {
    code: known?.code ?? 'EDMESH_EVENT_CORRUPT',
    message,
    fields: { ...known?.fields, file },
    cause: error,
  };
}

/** A new error each time: where it happened is added to it, and an event may come again. */
export function failureError({ code, message, fields, cause }: FileFailure): EdmeshError {
  return new EdmeshError(code, message, { fields, cause });
}

/** Outcomes one after the other, each given up when the next one is wanted. */
function* moved<T>(own: (FileOutcome<T> | undefined)[]): Generator<FileOutcome<T> | undefined> {
  for (const [index, outcome] of own.entries()) {
    own[index] = undefined;
    const failure = outcome !== undefined && 'failure' in outcome ? outcome.failure : undefined;
    yield failure === undefined
      ? outcome
      : { failure: { ...failure, cause: causeText(failure.cause) } };
  }
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

/** The type of the values is the word of the thread that shared them. */
function sharedOutcomes<T>(shared: SharedValues): (index: number) => FileOutcome<T> | undefined {
  return (index) => sharedValue(shared, index) as FileOutcome<T> | undefined;
}
