import { z } from 'zod';
import { defineProducer } from '../../edm/index.ts';
import { ControllerPort } from './controller-port.ts';
import { endpointOf } from './endpoint-of.ts';
import { MPIToken } from './mpi-token.ts';
import { notConnected } from './not-connected.ts';

/**
 * Sends every run, luminosity block and event transition to the processes that follow, each event to one of them, and puts
 * the `MPIToken` of the event. Events of several EDM streams are under way at once. A follower that is stopped gets no
 * further events: those go to the others. The last one still gets what has begun, and the job ends as if interrupted.
 */
export const MPIController = defineProducer({
  type: 'MPIController',
  description: 'sends runs, luminosity blocks and events to the processes that follow',
  kind: 'global',
  parameters: z.object({
    followers: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        'names of the processes that follow; an event goes to the one that has a free slot',
      ),
  }),
  construct(context, { followers }) {
    const { label } = context;
    const token = context.produces(MPIToken);
    const endpoint = endpointOf(context);
    const port = new ControllerPort(label, followers);
    endpoint?.controllers.push(port);
    const waitsFor = `a free slot of ${followers.join(', ')}`;
    let runNumber = 0;
    return {
      beginJob() {
        if (endpoint === undefined) throw notConnected(label);
      },
      beginRun({ number, run, timeUs }) {
        runNumber = number;
        port.beginRun(number, run, timeUs);
      },
      beginLumi({ number, run, lumi, timeUs }) {
        port.beginLumi(number, runNumber, run, lumi, timeUs);
      },
      acquire(event, _setup, holder) {
        holder.waitsFor = waitsFor;
        port.send(event, holder);
      },
      produce(event) {
        event.put(token, port.slotOf(event.ordinal));
      },
      endLumi({ number, run, lumi }) {
        port.endLumi(number, run, lumi);
      },
      endRun({ number, run }) {
        port.endRun(number, run);
      },
      async endJob() {
        await port.disconnect();
      },
    };
  },
});
