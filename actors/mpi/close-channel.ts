import { EdmeshError } from '../../edm/index.ts';
import type { Channel } from '../../transport/index.ts';

/**
 * Closes the channel of an endpoint. What goes wrong then has been told, or does not matter any more, unless a job that
 * has not failed (`isWhole`) learns that its journal lacks what was sent.
 */
export async function closeChannel(channel: Channel | undefined, isWhole: boolean): Promise<void> {
  try {
    await channel?.close();
  } catch (thrown) {
    const isLack = thrown instanceof EdmeshError && thrown.code.startsWith('EDMESH_JOURNAL');
    if (isWhole && isLack) throw thrown;
  }
}
