import {
  EdmeshError,
  EventPrincipal,
  EventView,
  errorToData,
  formatEventId,
  SetupView,
  type SetupStore,
} from '../../edm/index.ts';
import type { Environment, Timer } from '../environment.ts';
import type { LaneBook } from './lane-book.ts';
import type { LaneErrors } from './lane-errors.ts';
import { ModuleState } from '../stream/module-state.ts';
import { ModuleWorker } from '../stream/module-worker.ts';
import type { OneGate } from './one-gate.ts';
import { packChanged, unpackInto } from './packed-products.ts';
import type { OneAnswer, OneRequest } from './peer-link.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';

/** What a guest room is made of. */
export interface OneGuestParts {
  readonly node: number;
  readonly resolved: ResolvedProcess;
  readonly book: LaneBook;
  readonly errors: LaneErrors;
  readonly environment: Environment;
  /** The gate of the module's external work, which events of this lane pass, too. */
  readonly gate: OneGate | undefined;
}

/** Has a `one` module of this lane work on events of other lanes, one at a time. */
export class OneGuest {
  /** Time that the module took over events of other lanes, in milliseconds. */
  wallMs = 0;
  readonly #parts: OneGuestParts;
  readonly #principal: EventPrincipal;
  readonly #setup: SetupStore = { products: [] };
  readonly #worker: ModuleWorker;
  #workDone: () => void = () => undefined;
  /** The guest before this one has left. */
  #free: Promise<unknown> = Promise.resolve();

  constructor(parts: OneGuestParts) {
    const { node, resolved, errors } = parts;
    const { tables, construction, setupTable } = resolved;
    const module = construction.modules[node];
    if (module === undefined) throw new RangeError(`there is no module ${String(node)}`);
    const accessor = { index: node, label: module.label };
    const principal = new EventPrincipal(tables.event.branches.length, tables.processHistory);
    this.#parts = parts;
    this.#principal = principal;
    this.#worker = new ModuleWorker({
      label: module.label,
      role: module.type.moduleRole,
      instance: module.first,
      viewForModule: () => new EventView(accessor, tables, principal),
      setup: new SetupView(accessor, setupTable, this.#setup),
      cell: { states: new Uint8Array(1), index: 0 },
      externalWorkDone: () => {
        this.#workDone();
      },
      lateFailure: (error) => {
        errors.survive(error, `module ${module.label}`, 'acquire');
      },
    });
  }

  /** Works on an event when those that came before are done. What the module throws is in the answer. */
  process(request: OneRequest): Promise<OneAnswer> {
    const answer = this.#free.then(() => this.#process(request));
    this.#free = answer.catch(() => undefined);
    return answer;
  }

  /** Gives up on external work that is under way; `true` where there was any. */
  abandon(error: EdmeshError): boolean {
    if (this.#worker.state !== ModuleState.acquiring) return false;
    this.#worker.abandon(error);
    return true;
  }

  async #process(request: OneRequest): Promise<OneAnswer> {
    const { resolved, book, gate } = this.#parts;
    const { run, lumi, event, timeUs, ordinal, attempt, block: info, products } = request;
    const principal = this.#principal;
    const { event: table } = resolved.tables;
    principal.clear();
    Object.assign(principal, { run, lumi, event, timeUs, ordinal, attempt });
    const block = book.lumi(info);
    principal.block = block;
    this.#setup.products = block.setup;
    unpackInto(table, principal.products, products);
    const given = [...principal.products];
    if (gate !== undefined) {
      await new Promise<void>((resolve) => {
        if (gate.enter(resolve)) resolve();
      });
    }
    await this.#run();
    gate?.leave();
    const { state, error } = this.#worker;
    if (state === ModuleState.failed) return { state, error: errorToData(error), products: [] };
    return { state, error: null, products: packChanged(table, principal.products, given) };
  }

  async #run(): Promise<void> {
    const { now } = this.#parts.environment;
    const worked = new Promise<void>((resolve) => {
      this.#workDone = resolve;
    });
    let beganMs = now();
    this.#worker.run();
    this.wallMs += now() - beganMs;
    if (this.#worker.state !== ModuleState.acquiring) return;
    const timer = this.#watch();
    await worked;
    timer?.cancel();
    beganMs = now();
    this.#worker.run();
    this.wallMs += now() - beganMs;
  }

  /** Gives up on external work that takes longer than the event time-out. */
  #watch(): Timer | undefined {
    const { environment, resolved } = this.#parts;
    const { eventTimeoutMs: timeoutMs } = resolved.data.options;
    if (timeoutMs === 0) return undefined;
    return environment.after(timeoutMs, () => {
      const { label } = this.#worker;
      const name = `event ${formatEventId(this.#principal)}`;
      const message = `${name} waits longer than ${String(timeoutMs)} ms, held by ${label}`;
      const fields = { labels: [label], timeoutMs };
      this.abandon(new EdmeshError('EDMESH_EVENT_TIMEOUT', message, { fields }));
    });
  }
}
