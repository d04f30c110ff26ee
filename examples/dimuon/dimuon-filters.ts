import { defineFilter, z } from 'edmesh';
import { Dimuon } from './dimuon-producer.ts';

/** Passes pairs whose muons have opposite charges. */
export const OppositeSignFilter = defineFilter({
  type: 'OppositeSignFilter',
  description: 'passes pairs of muons with opposite charges',
  parameters: z.object({ dimuon: z.string().default('dimuon').describe('label of the pair') }),
  construct(context, parameters) {
    const dimuon = context.consumes(Dimuon, parameters.dimuon);
    return {
      filter(event) {
        const { charge1, charge2 } = event.get(dimuon);
        return (charge1[0] ?? 0) * (charge2[0] ?? 0) < 0;
      },
    };
  },
});

/** Passes pairs whose mass is in a window: `low <= mass < high`. */
export const MassWindowFilter = defineFilter({
  type: 'MassWindowFilter',
  description: 'passes pairs with a mass from low up to high',
  parameters: z.object({
    dimuon: z.string().default('dimuon').describe('label of the pair'),
    low: z.number().describe('lower edge in GeV, included'),
    high: z.number().describe('upper edge in GeV, not included'),
  }),
  construct(context, parameters) {
    const dimuon = context.consumes(Dimuon, parameters.dimuon);
    return {
      filter(event) {
        const mass = event.get(dimuon).mass[0];
        return mass !== undefined && mass >= parameters.low && mass < parameters.high;
      },
    };
  },
});
