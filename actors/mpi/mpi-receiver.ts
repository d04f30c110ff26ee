import { z } from 'zod';
import {
  branchName,
  defineProducer,
  EdmeshError,
  productTypeReference,
  sourceLabel,
} from '../../edm/index.ts';
import { endpointOf } from './endpoint-of.ts';
import { MPIToken } from './mpi-token.ts';
import { addPair } from './pair-port.ts';

/** Puts the products that the `MPISender` of the same instance in another process has sent. */
export const MPIReceiver = defineProducer({
  type: 'MPIReceiver',
  description: 'puts the products of the MPISender of the same instance in another process',
  parameters: z.object({
    upstream: z
      .string()
      .default(sourceLabel)
      .describe('label of the MPIController, or source, or an MPI module to come after'),
    instance: z.int().min(1).max(0xffff).describe('matches one receiver with one sender'),
    products: z
      .array(
        z.object({
          type: productTypeReference.describe('type of the product'),
          label: z.string().default('').describe('its product instance name in this process'),
        }),
      )
      .describe('what is received, in the order of the sender'),
  }),
  construct(context, { upstream, instance, products }) {
    const { label, processName } = context;
    const from = context.consumes(MPIToken, upstream);
    const to = context.produces(MPIToken);
    const puts = products.map(({ type: name, label: productInstance }) => {
      const type = context.productType(name);
      return {
        type,
        branch: branchName({
          friendlyType: name,
          moduleLabel: label,
          productInstance,
          processName,
        }),
        token: context.produces(type, { instance: productInstance }),
      };
    });
    const endpoint = endpointOf(context);
    addPair(endpoint?.pairs, {
      label,
      upstream,
      instance,
      end: () => ({ label, instance, direction: 'receive', products: puts }),
    });
    return {
      acquire(event, _setup, holder) {
        const { link, mail: all } = event.get(from);
        const at = link.receiverAt(instance);
        const mail = all[at];
        if (mail === undefined) throw new EdmeshError('EDMESH_INTERNAL', `${label} has no mail`);
        if (mail.state === 'none') {
          mail.holder = holder;
          holder.waitsFor = link.receives[at] ?? '';
        } else if (mail.state === 'failed') holder.fail(mail.error);
        else holder.done();
      },
      produce(event) {
        const slot = event.get(from);
        const mail = slot.mail[slot.link.receiverAt(instance)];
        if (mail?.state === 'arrived') {
          puts.forEach(({ token }, at) => {
            const product = mail.products[at];
            if (product !== undefined) event.put(token, product);
          });
        }
        event.put(to, slot);
      },
    };
  },
});
