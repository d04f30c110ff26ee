import {
  AcquireView,
  asEdmeshError,
  EdmeshError,
  type AnyInstance,
  type EventSetup,
  type EventView,
  type ModuleRole,
} from '../../edm/index.ts';
import { OneShotHolder } from './holder.ts';
import { ModuleState } from './module-state.ts';

const { acquiring, producing, done, passed, rejected, failed } = ModuleState;

/** Where a worker writes its state: one entry of an array that it shares with its scheduler. */
export interface StateCell {
  readonly states: Uint8Array;
  readonly index: number;
}

/** What a worker is made of. */
export interface WorkerParts {
  readonly label: string;
  readonly role: ModuleRole;
  readonly instance: AnyInstance;
  /** Makes a view of the event. */
  readonly viewForModule: () => EventView;
  readonly setup: EventSetup;
  readonly cell: StateCell;
  /** Called from anywhere, at any time after `acquire` has returned or while it runs, once for each acquire. */
  readonly externalWorkDone: () => void;
  /** Called when an `acquire` that returned a promise fails after its work was done. */
  readonly lateFailure: (error: unknown) => void;
}

/**
 * Runs one module instance on the events of one EDM stream. `run` never throws: what the module throws becomes the state
 * `failed` and `error`.
 */
export class ModuleWorker {
  readonly label: string;
  readonly role: ModuleRole;
  /** What went wrong, in state `failed`. */
  error: unknown;
  readonly #instance: AnyInstance;
  readonly #main: MainCall;
  readonly #acquires: boolean;
  readonly #viewForModule: () => EventView;
  readonly #lateFailure: (error: unknown) => void;
  #event: EventView;
  #acquireEvent: AcquireView;
  readonly #setup: EventSetup;
  readonly #states: Uint8Array;
  readonly #index: number;
  readonly #externalWorkDone: () => void;
  #holder: OneShotHolder | undefined;

  constructor(parts: WorkerParts) {
    this.label = parts.label;
    this.role = parts.role;
    this.#instance = parts.instance;
    this.#main = mainCall(parts.role, parts.instance);
    this.#acquires = parts.instance.acquire !== undefined;
    this.#viewForModule = parts.viewForModule;
    this.#lateFailure = parts.lateFailure;
    this.#event = parts.viewForModule();
    this.#acquireEvent = new AcquireView(parts.label, this.#event);
    this.#setup = parts.setup;
    this.#states = parts.cell.states;
    this.#index = parts.cell.index;
    this.#externalWorkDone = parts.externalWorkDone;
  }

  /** The state code in the current event. */
  get state(): number {
    return this.#states[this.#index] ?? ModuleState.idle;
  }

  /** What its external work waits for, where the module has said so. */
  get waitsFor(): string | undefined {
    return this.#holder?.waitsFor;
  }

  /** Runs the module: to its end, or up to the start of its external work. */
  run(): void {
    if (!this.#acquires) this.#call();
    else if (this.state === acquiring) this.#finishExternalWork();
    else this.#acquire();
  }

  /** Gives up on external work that is under way; what it does to its event later must not reach another one. */
  abandon(error: EdmeshError): void {
    if (this.#holder?.abandon(error) !== true) return;
    this.#event.lookAt({ products: [] });
    this.#event = this.#viewForModule();
    this.#acquireEvent = new AcquireView(this.label, this.#event);
  }

  #acquire(): void {
    this.#states[this.#index] = acquiring;
    this.error = undefined;
    const holder = new OneShotHolder(this.label, (error) => {
      this.error = error;
      this.#externalWorkDone();
    });
    this.#holder = holder;
    try {
      const acquire: ((...all: AcquireArguments) => unknown) | undefined = this.#instance.acquire;
      const returned = acquire?.call(this.#instance, this.#acquireEvent, this.#setup, holder);
      if (returned instanceof Promise) {
        returned.catch((error: unknown) => {
          if (!holder.abandon(asEdmeshError(error))) this.#lateFailure(error);
        });
      }
    } catch (error) {
      const thrown = asEdmeshError(error);
      holder.abandon(thrown);
      this.error ??= thrown;
    }
  }

  #finishExternalWork(): void {
    this.#holder = undefined;
    if (this.error === undefined) this.#call();
    else this.#states[this.#index] = failed;
  }

  #call(): void {
    this.#states[this.#index] = producing;
    try {
      this.#states[this.#index] = this.#dispatch();
    } catch (error) {
      this.error = error;
      this.#states[this.#index] = failed;
    }
  }

  #dispatch(): number {
    const returned = this.#main.call(this.#instance, this.#event, this.#setup);
    if (this.role === 'filter') {
      if (returned === true) return passed;
      if (returned === false) return rejected;
    } else if (!isThenable(returned)) return done;
    // Nobody waits for a promise that should not be: what it rejects with must not end the process.
    if (isThenable(returned)) returned.then(undefined, () => undefined);
    throw this.#returned(this.role);
  }

  #returned(role: ModuleRole): EdmeshError {
    const method = { producer: 'produce', filter: 'filter', analyzer: 'analyze' }[role];
    const rule = role === 'filter' ? 'must return true or false' : 'must not return a promise';
    return new EdmeshError(
      'EDMESH_MODULE_CONTRACT',
      `${method} of ${this.label} ${rule}; waiting belongs into acquire`,
      { fields: { label: this.label } },
    );
  }
}

type AcquireArguments = [event: AcquireView, setup: EventSetup, holder: OneShotHolder];

type MainCall = (this: AnyInstance, event: EventView, setup: EventSetup) => unknown;

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/** The call that does the work of a module, looked up once and not once an event. */
function mainCall(role: ModuleRole, { produce, filter, analyze }: AnyInstance): MainCall {
  const call = { producer: produce, filter, analyzer: analyze }[role];
  return call ?? (() => undefined);
}
