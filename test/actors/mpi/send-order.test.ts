/** Events leave in the order of their luminosity blocks, each once, and none is forgotten. */
import { describe, expect, it } from 'vitest';
import { SendOrder } from '../../../actors/mpi/send-order.ts';
import { createProcessHistory, type EventInfo, type Holder } from '../../../edm/index.ts';

function scene(slots: number) {
  const sent: string[] = [];
  const free = { slots };
  const order = new SendOrder((event, holder) => {
    if (free.slots === 0) return false;
    free.slots--;
    sent.push(`${String(event.lumiNumber)}:${String(event.ordinal)}`);
    holder.done();
    return true;
  });
  const request = (lumiNumber: number, ordinal: number, done = (): void => undefined): void => {
    const event: EventInfo = {
      ...{ run: 1, lumi: 1, event: 1, timeUs: 0, attempt: 0 },
      ...{ ordinal, lumiNumber, processHistory: createProcessHistory([]) },
    };
    const holder: Holder = { done, fail: () => undefined, follow: () => undefined };
    order.request(event, holder);
  };
  const give = (more: number): void => {
    free.slots += more;
    order.look();
  };
  return { order, sent, request, give };
}

describe('the order of sending', () => {
  it('sends at once where there is a slot, and keeps the order of those that wait', () => {
    const { order, sent, request, give } = scene(1);
    for (let i = 0; i < 3; i++) order.begun(0);
    for (let i = 0; i < 3; i++) request(0, i);
    expect(sent).toEqual(['0:0']);
    give(1);
    expect(sent).toEqual(['0:0', '0:1']);
    give(5);
    expect(sent).toEqual(['0:0', '0:1', '0:2']);
  });

  it('lets an event wait for all of earlier blocks, and those of its block go before it', () => {
    const { order, sent, request } = scene(9);
    for (const block of [0, 0, 1, 1]) order.begun(block);
    request(1, 2);
    request(0, 0);
    expect(sent).toEqual(['0:0']);
    request(1, 3);
    request(0, 1);
    expect(sent).toEqual(['0:0', '0:1', '1:2', '1:3']);
  });

  it('waits for none that has ended unsent, be it on the list or not', () => {
    const { order, sent, request, give } = scene(0);
    for (const block of [0, 0, 1]) order.begun(block);
    request(0, 0);
    request(1, 2);
    order.endedUnsent(0, 0);
    order.endedUnsent(1, 0);
    expect(sent).toEqual([]);
    give(1);
    expect(sent).toEqual(['1:2']);
  });

  it('sends each event once where its sending leads to the next request', () => {
    const { order, sent, request, give } = scene(0);
    for (let i = 0; i < 3; i++) order.begun(0);
    request(0, 0, () => {
      request(0, 2);
    });
    request(0, 1);
    give(9);
    expect(sent).toEqual(['0:0', '0:1', '0:2']);
  });
});
