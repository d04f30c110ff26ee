import { z } from 'zod';
import { defineFilter, defineProducer } from '../../edm/index.ts';
import { PathStateToken } from './mpi-token.ts';

/** Puts a `PathStateToken` when its path comes to it: behind a filter, only for events that pass. */
export const PathStateCapture = defineProducer({
  type: 'PathStateCapture',
  description: 'notes that its path has come so far',
  construct(context) {
    const token = context.produces(PathStateToken);
    return {
      produce(event) {
        event.put(token, true);
      },
    };
  },
});

/** Passes the events in which a `PathStateCapture`, here or in the process that sent its token, was come to. */
export const PathStateRelease = defineFilter({
  type: 'PathStateRelease',
  description: 'passes events in which a path had come to a PathStateCapture',
  parameters: z.object({
    state: z
      .string()
      .default('pathStateCapture')
      .describe(
        'input tag of the PathStateToken: label of the PathStateCapture, or of the MPIReceiver',
      ),
  }),
  construct(context, { state }) {
    const token = context.mayConsume(PathStateToken, state);
    return { filter: (event) => event.find(token) !== undefined };
  },
});
