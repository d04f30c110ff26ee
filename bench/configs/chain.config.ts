import { defineProcess, EmptySource, z } from 'edmesh';
import { emptyModules } from './empty-producer.ts';
import { StreamedEmptySource } from './streamed-empty-source.ts';

/** A chain of modules that do nothing: what is left is the cost of the framework. */
export default defineProcess({
  name: 'CHAIN',
  description: 'Empty modules in a chain, on events without products.',
  parameters: z.strictObject({
    modules: z.int().min(1).default(20).describe('number of modules'),
    streamed: z.boolean().default(false).describe('a source that can only be read in order'),
  }),
  configure: ({ modules, streamed }) => ({
    source: streamed ? StreamedEmptySource() : EmptySource(),
    ...emptyModules('chain', modules),
  }),
});
