import { defineSource, type MutableEventId, type SequentialReader } from 'edmesh';

/** Events without products and without end that can only be read in order, so that lanes get them in batches. */
export const StreamedEmptySource = defineSource({
  type: 'StreamedEmptySource',
  description: 'events without products, one after the other',
  construct: () => ({
    open(): SequentialReader {
      let event = 0;
      return {
        kind: 'sequential',
        next(id: MutableEventId) {
          id.run = 1;
          id.lumi = 1;
          id.event = ++event;
          id.timeUs = 0;
          return true;
        },
      };
    },
  }),
});
