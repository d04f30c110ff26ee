import { z } from 'zod';
import {
  branchName,
  defineProducer,
  parseSenderPatterns,
  sourceLabel,
  type SelectedProducts,
} from '../../edm/index.ts';
import { endpointOf } from './endpoint-of.ts';
import { MPIToken, PathStateToken } from './mpi-token.ts';
import { addPair } from './pair-port.ts';

type Selected = SelectedProducts['selected'][number];

/** Sends products of every event to the `MPIReceiver` of the same instance in another process. */
export const MPISender = defineProducer({
  type: 'MPISender',
  description: 'sends products to the MPIReceiver of the same instance in another process',
  parameters: z.object({
    upstream: z
      .string()
      .default(sourceLabel)
      .describe('label of the MPIController, or source, or an MPI module to come after'),
    instance: z.int().min(1).max(0xffff).describe('matches one sender with one receiver'),
    products: z
      .array(z.string())
      .describe('module labels or branch names, with ? and *; what several select is sent once'),
    activity: z
      .string()
      .default('')
      .describe('label of a PathStateCapture: where it was not come to, nothing is sent'),
  }),
  construct(context, { upstream, instance, products, activity }) {
    const { label } = context;
    const from = context.consumes(MPIToken, upstream);
    const active = activity === '' ? undefined : context.mayConsume(PathStateToken, activity);
    const to = context.produces(MPIToken);
    const predicates = parseSenderPatterns(products);
    const chosen = context.consumesMatching(
      (branch) =>
        branch.friendlyType !== MPIToken.name && predicates.some((matches) => matches(branch)),
      (selected) => [
        ...products.flatMap((pattern, at) =>
          selected.some(({ branch }) => predicates[at]?.(branch))
            ? []
            : [`'${pattern}' matches no product`],
        ),
        ...selected
          .filter(({ type }) => type.layout === 'transient')
          .map(
            ({ branch, type }) =>
              `${branchName(branch)} cannot be sent: its type ${type.name} is transient`,
          ),
      ],
    );
    // In the order of the patterns, so that the receiver can name the same order.
    let ordered: readonly Selected[] | undefined;
    const inOrder = (): readonly Selected[] =>
      (ordered ??= [
        ...new Set(
          predicates.flatMap((matches) => chosen.selected.filter(({ branch }) => matches(branch))),
        ),
      ]);
    const endpoint = endpointOf(context);
    addPair(endpoint?.pairs, {
      label,
      upstream,
      instance,
      end: () => ({
        label,
        instance,
        direction: 'send',
        products: inOrder().map(({ branch, type }) => ({ branch: branchName(branch), type })),
      }),
    });
    const values: unknown[] = [];
    /** Bytes that the gate has let through for the event. */
    let entered = 0;
    const leave = (): void => {
      endpoint?.gate.leave(entered);
      entered = 0;
    };
    return {
      acquire(event, _setup, holder) {
        leave();
        for (const { token, type } of inOrder()) {
          if (type.layout === 'soa') entered += regionBytes(event.find(token));
        }
        if (endpoint === undefined) holder.done();
        else endpoint.gate.enter(entered, holder);
      },
      produce(event) {
        const slot = event.get(from);
        const { link } = slot;
        const at = link.senderAt(instance);
        try {
          if (active !== undefined && event.find(active) === undefined) {
            link.send(slot, at, undefined);
          } else {
            const selected = inOrder();
            values.length = selected.length;
            selected.forEach(({ token }, index) => {
              values[index] = event.find(token);
            });
            link.send(slot, at, values);
          }
        } finally {
          leave();
        }
        event.put(to, slot);
      },
    };
  },
});

/** The bytes of the memory of an SoA product. */
function regionBytes(product: unknown): number {
  if (typeof product !== 'object' || product === null || !('buffer' in product)) return 0;
  const { buffer } = product;
  const isMemory = buffer instanceof ArrayBuffer || buffer instanceof SharedArrayBuffer;
  return isMemory ? buffer.byteLength : 0;
}
