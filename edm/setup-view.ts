import { EdmeshError } from './errors.ts';
import type { EventSetup, SetupToken } from './event.ts';
import type { Accessor } from './product-view.ts';
import type { TokenTable } from './token-table.ts';

/** The event setup products that are valid now, by slot; exchanged when an interval changes. */
export interface SetupStore {
  products: readonly unknown[];
}

/** One module's view of the event setup. */
export class SetupView implements EventSetup {
  readonly #accessor: Accessor;
  readonly #table: TokenTable;
  readonly #store: SetupStore;

  constructor(accessor: Accessor, table: TokenTable, store: SetupStore) {
    this.#accessor = accessor;
    this.#table = table;
    this.#store = store;
  }

  get<T>(token: SetupToken<T>): T {
    if (this.#table.owner[token] !== this.#accessor.index) {
      const { label } = this.#accessor;
      throw new EdmeshError(
        'EDMESH_UNDECLARED_ACCESS',
        `${label} reads an event setup product with a token it did not declare; call setupConsumes in its construct`,
        { fields: { label } },
      );
    }
    return this.#store.products[this.#table.slot[token] ?? -1] as T;
  }
}
