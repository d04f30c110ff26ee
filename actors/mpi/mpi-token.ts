import { z } from 'zod';
import { defineProduct, defineTransient } from '../../edm/index.ts';
import { LinkSlot } from './link-slot.ts';

/**
 * The way of an event to another process: the slot that it holds there. `MPIController` and `MPISource` make it; every
 * `MPISender` and `MPIReceiver` makes a copy, so that modules can be ordered behind them.
 */
export const MPIToken = defineTransient<LinkSlot>('MPIToken', (value) => value instanceof LinkSlot);

/** Says that a path has come to the `PathStateCapture` that made it. It can be sent like any other product. */
export const PathStateToken = defineProduct('PathStateToken', z.literal(true));
