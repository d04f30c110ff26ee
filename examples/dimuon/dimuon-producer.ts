import { defineProducer, defineSoA, sourceLabel, TableRow } from 'edmesh';
import { leadingPair, muonsOf, pairMass } from './muon-pair.ts';

/** The muon pair of an event: one row, or none where the event has fewer than two muons. Mass in GeV. */
export const Dimuon = defineSoA('Dimuon', { mass: 'float64', charge1: 'int8', charge2: 'int8' });

/** Makes a pair of the two leading muons of a row and gives its mass. */
export const DimuonProducer = defineProducer({
  type: 'DimuonProducer',
  description: 'pairs the two leading muons of an event',
  construct(context) {
    const rows = context.consumes(TableRow, sourceLabel);
    const dimuon = context.produces(Dimuon);
    return {
      produce(event) {
        const row = event.get(rows);
        const pair = leadingPair(muonsOf(row));
        const product = event.allocate(Dimuon, pair === undefined ? 0 : 1);
        if (pair !== undefined) {
          product.mass[0] = pairMass(row, pair);
          product.charge1[0] = pair[0].charge;
          product.charge2[0] = pair[1].charge;
        }
        event.put(dimuon, product);
      },
    };
  },
});
