/** Processes that know nothing of each other; a module of theirs logs, waits, fails or dies where a parameter says so. */
export function clusterConfig(name: string, own: string): string {
  return `import { writeFileSync } from 'node:fs';
import { createHistogram, defineProcess, defineProducer, defineProduct, EmptySource, fillHistogram, z } from 'edmesh';

const Count = defineProduct('Count', z.number());
const Work = defineProducer({
  type: 'Work',
  description: 'works',
  parameters: z.object({
    delayMs: z.number().default(0),
    failAt: z.int().default(-1),
    killAt: z.int().default(-1),
    exitAt: z.int().default(-1),
    scale: z.number().default(1),
    talks: z.boolean().default(false),
  }),
  construct(context, { delayMs, failAt, killAt, exitAt, scale, talks }) {
    const token = context.produces(Count);
    const counts = createHistogram('counts', { bins: 10, low: 0, high: 10 });
    return {
      beginJob() {
        if (!talks) return;
        writeFileSync('${name}.pid', String(process.pid));
        context.logger.info('ready');
        console.log('plain out');
        console.error('plain err');
      },
      acquire(event, _setup, holder) {
        if (delayMs === 0) holder.done();
        else setTimeout(() => holder.done(), delayMs);
      },
      produce(event) {
        if (event.event === failAt) throw new RangeError('no luck in ${name}');
        if (event.event === killAt) process.kill(process.pid, 'SIGKILL');
        if (event.event === exitAt) process.exit(3);
        fillHistogram(counts, event.event % 10);
        event.put(token, scale * event.event);
      },
      endJob: () => ({ counts }),
    };
  },
});
export default defineProcess({
  name: '${name}',
  description: 'does the work of ${name}',
  parameters: z.object({
    events: z.int().default(20).describe('how many there are'),
    ${own}: z.number().default(1).describe('of ${name} alone'),
    histograms: z.boolean().default(false),
  }),
  configure: ({ events, ${own} }) => ({
    source: EmptySource({ events }),
    modules: { work: Work({ scale: ${own}, talks: true }), only${name}: Work({}) },
    paths: { main: ['work', 'only${name}'] },
  }),
});
`;
}
