import type { SetupInstant } from './conditions.ts';
import type { ConstructedSetup } from '../plan/construction.ts';
import { isShared } from '../lane/lane-setup.ts';
import { packProduct } from '../lane/packed-products.ts';
import type { SetupAt } from './open-event-setup.ts';
import type { GivenSetup, SetupData } from './setup-data.ts';

/**
 * The event setup of a job with several lanes: `setupAt` makes the products that can be shared, in the order of their
 * producers; here they are packed, each once.
 */
export function sharedSetup(
  setups: readonly ConstructedSetup[],
  setupAt: SetupAt,
): (instant: SetupInstant) => Promise<SetupData> {
  const packed = new Map<unknown, GivenSetup>();
  const given = (setup: ConstructedSetup, product: unknown): GivenSetup => {
    let known = packed.get(product);
    if (known === undefined) {
      known = { interval: packed.size, product: packProduct(setup.type.product, product) };
      packed.set(product, known);
    }
    return known;
  };
  return async (instant) => {
    const products = await setupAt(instant);
    let next = 0;
    return {
      kind: 'given',
      instant,
      given: setups.map((setup) => (isShared(setup.type) ? given(setup, products[next++]) : null)),
    };
  };
}
