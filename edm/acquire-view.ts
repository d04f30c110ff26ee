import { EdmeshError } from './errors.ts';
import type { GetToken, ProductReader } from './event.ts';
import type { EventView } from './event-view.ts';
import type { AcquireEvent } from './module-instance.ts';
import type { ProcessHistory, Provenance } from './provenance.ts';
import type { RandomEngine } from './random.ts';
import type { Columns, SoA, SoAType } from './soa.ts';

/** What `acquire` sees of the event of a module: all of its view, with the same random numbers, but nothing can be put. */
export class AcquireView implements AcquireEvent {
  readonly #moduleLabel: string;
  readonly #view: EventView;

  constructor(moduleLabel: string, view: EventView) {
    this.#moduleLabel = moduleLabel;
    this.#view = view;
  }

  get run(): number {
    return this.#view.run;
  }
  get lumi(): number {
    return this.#view.lumi;
  }
  get event(): number {
    return this.#view.event;
  }
  get timeUs(): number {
    return this.#view.timeUs;
  }
  get ordinal(): number {
    return this.#view.ordinal;
  }
  get attempt(): number {
    return this.#view.attempt;
  }
  get lumiNumber(): number {
    return this.#view.lumiNumber;
  }
  get processHistory(): ProcessHistory {
    return this.#view.processHistory;
  }
  get lumiProducts(): ProductReader<'lumi'> {
    return this.#view.lumiProducts;
  }
  get runProducts(): ProductReader<'run'> {
    return this.#view.runProducts;
  }
  get random(): RandomEngine {
    return this.#view.random;
  }

  get<T>(token: GetToken<T>): T {
    return this.#view.get(token);
  }

  find<T>(token: GetToken<T>): T | undefined {
    return this.#view.find(token);
  }

  provenance(token: GetToken<unknown>): Provenance {
    return this.#view.provenance(token);
  }

  allocate<C extends Columns>(type: SoAType<C>, size: number): SoA<C> {
    return this.#view.allocate(type, size);
  }

  /** Throws `EDMESH_MODULE_CONTRACT`: what is put before the work is done would be there although the module may fail. */
  put(): never {
    const label = this.#moduleLabel;
    throw new EdmeshError(
      'EDMESH_MODULE_CONTRACT',
      `${label} puts a product in acquire; put it in produce or filter, when the work is done`,
      { fields: { label } },
    );
  }
}
