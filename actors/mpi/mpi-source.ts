import { z } from 'zod';
import { defineSource } from '../../edm/index.ts';
import { endpointOf } from './endpoint-of.ts';
import { MPIToken } from './mpi-token.ts';
import { SourcePort } from './source-port.ts';

/** The source of a process that follows: it replicates the runs, luminosity blocks and events of its controller. */
export const MPISource = defineSource({
  type: 'MPISource',
  description:
    'replicates the runs, luminosity blocks and events of a process with an MPIController',
  parameters: z.object({
    controller: z.string().min(1).describe('name of the process that controls this one'),
    slots: z
      .int()
      .min(1)
      .max(0xffff)
      .default(64)
      .describe('events that a lane takes at once, shared by the lanes of the controller'),
  }),
  construct(context, { controller, slots }) {
    const endpoint = endpointOf(context);
    const port = new SourcePort(
      controller,
      slots,
      context.produces(MPIToken),
      endpoint !== undefined,
    );
    if (endpoint !== undefined) endpoint.source = port;
    return { open: () => port };
  },
});
