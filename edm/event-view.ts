import type { Event, LuminosityBlock, ProductReader, Run } from './event.ts';
import type { EventPrincipal, LevelStore, LumiPrincipal, RunPrincipal } from './principals.ts';
import { ProductView, type Accessor, type AllocateBuffer } from './product-view.ts';
import type { ProcessHistory } from './provenance.ts';
import { CounterRandom, type RandomEngine } from './random.ts';
import type { SourceEvent } from './source-definition.ts';
import type { LevelTable } from './token-table.ts';

/** What all views of a process share. */
export interface ViewTables {
  readonly event: LevelTable;
  readonly lumi: LevelTable;
  readonly run: LevelTable;
  readonly seed: number;
  readonly allocate: AllocateBuffer;
  readonly processHistory: ProcessHistory;
}

const nothing: LevelStore = { products: [] };

/** One module's view of the event of one EDM stream. It lives as long as the EDM stream. */
export class EventView extends ProductView<'event'> implements Event, SourceEvent {
  readonly #principal: EventPrincipal;
  readonly #lumi: ProductView<'lumi'>;
  readonly #run: ProductView<'run'>;
  readonly #random: CounterRandom;
  #randomOrdinal = -1;
  #randomAttempt = 0;

  constructor(accessor: Accessor, tables: ViewTables, principal: EventPrincipal) {
    super(accessor, tables.event, principal, tables.allocate);
    this.#principal = principal;
    this.#lumi = new ProductView(accessor, tables.lumi, nothing, tables.allocate);
    this.#run = new ProductView(accessor, tables.run, nothing, tables.allocate);
    this.#random = new CounterRandom(tables.seed, accessor.label);
  }

  get run(): number {
    return this.#principal.run;
  }
  get lumi(): number {
    return this.#principal.lumi;
  }
  get event(): number {
    return this.#principal.event;
  }
  get timeUs(): number {
    return this.#principal.timeUs;
  }
  get ordinal(): number {
    return this.#principal.ordinal;
  }
  get attempt(): number {
    return this.#principal.attempt;
  }
  get lumiNumber(): number {
    return this.#principal.block?.number ?? 0;
  }
  get processHistory(): ProcessHistory {
    return this.#principal.processHistory;
  }

  get lumiProducts(): ProductReader<'lumi'> {
    this.#lumi.lookAt(this.#principal.block ?? nothing);
    return this.#lumi;
  }

  get runProducts(): ProductReader<'run'> {
    this.#run.lookAt(this.#principal.block?.run ?? nothing);
    return this.#run;
  }

  get random(): RandomEngine {
    const { ordinal, attempt } = this.#principal;
    if (this.#randomOrdinal !== ordinal || this.#randomAttempt !== attempt) {
      this.#randomOrdinal = ordinal;
      this.#randomAttempt = attempt;
      this.#random.startEvent(this.#principal);
    }
    return this.#random;
  }
}

/** One module's view of a run. */
export class RunView extends ProductView<'run'> implements Run {
  readonly number: number;
  readonly run: number;
  readonly timeUs: number;
  readonly processHistory: ProcessHistory;

  constructor(accessor: Accessor, tables: ViewTables, principal: RunPrincipal) {
    super(accessor, tables.run, principal, tables.allocate);
    this.number = principal.number;
    this.run = principal.run;
    this.timeUs = principal.timeUs;
    this.processHistory = tables.processHistory;
  }
}

/** One module's view of a luminosity block. */
export class LumiView extends ProductView<'lumi'> implements LuminosityBlock {
  readonly number: number;
  readonly run: number;
  readonly lumi: number;
  readonly timeUs: number;
  readonly processHistory: ProcessHistory;
  readonly runProducts: ProductReader<'run'>;

  constructor(accessor: Accessor, tables: ViewTables, principal: LumiPrincipal) {
    super(accessor, tables.lumi, principal, tables.allocate);
    this.number = principal.number;
    this.run = principal.run.run;
    this.lumi = principal.lumi;
    this.timeUs = principal.timeUs;
    this.processHistory = tables.processHistory;
    this.runProducts = new ProductView(accessor, tables.run, principal.run, tables.allocate);
  }
}
