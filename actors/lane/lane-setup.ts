import { asEdmeshError } from '../../edm/index.ts';
import { ConditionsStore } from '../event-setup/conditions.ts';
import type { ConstructedSetup } from '../plan/construction.ts';
import { unpackProduct } from './packed-products.ts';
import type { SetupData } from '../event-setup/setup-data.ts';

/**
 * The event setup as a lane sees it: products that are SoA come from the process, made once and shared; the others are
 * made here, once per interval.
 */
export class LaneSetup {
  readonly #setups: readonly ConstructedSetup[];
  readonly #views = new Map<string, unknown>();
  #own: Promise<ConditionsStore> | undefined;
  #last: readonly unknown[] = [];

  constructor(setups: readonly ConstructedSetup[]) {
    this.#setups = setups;
  }

  /** The products by slot; the same array as before when none has changed. Rejects with what a producer throws. */
  async products(data: SetupData): Promise<readonly unknown[]> {
    if (data.kind === 'products') return data.products;
    this.#own ??= ConditionsStore.open(this.#setups.filter(({ type }) => !isShared(type)));
    const store = await this.#own.catch((error: unknown) => {
      throw asEdmeshError(error);
    });
    const made = await store.at(data.instant);
    let own = 0;
    const products = this.#setups.map(({ type }, slot) => {
      const given = data.given[slot];
      if (given === undefined || given === null) return made[own++];
      const key = `${String(slot)} ${String(given.interval)}`;
      if (!this.#views.has(key)) this.#views.set(key, unpackProduct(type.product, given.product));
      return this.#views.get(key);
    });
    const unchanged =
      products.length === this.#last.length &&
      products.every((product, slot) => product === this.#last[slot]);
    if (!unchanged) this.#last = products;
    return this.#last;
  }
}

/** Whether the products of an event setup producer are made once for all lanes. */
export function isShared({ product }: ConstructedSetup['type']): boolean {
  return product.layout === 'soa';
}
