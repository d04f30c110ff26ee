/** The order that transitions must keep, whatever lanes and EDM streams there are. */
import { expect } from 'vitest';

/** Checks that every line of a recorder's log comes after every line that it must come after. */
export function expectOrder(log: readonly string[], streams: number): void {
  const at = (line: string) => log.indexOf(line);
  const before = (first: string, then: string) => {
    if (at(first) === -1 && at(then) === -1) return;
    expect([at(first) !== -1, at(then) !== -1], `${first}, ${then}`).toEqual([true, true]);
    expect(at(first), `${first} before ${then}`).toBeLessThan(at(then));
  };
  const lumis = log.filter((line) => line.startsWith('beginLumi')).map((line) => line.slice(10));
  const indices = [...Array(streams).keys()].map((index) => `#${String(index)}`);
  for (const lumi of lumis) {
    const run = lumi.split(':')[0] ?? '';
    before(`beginRun ${run}`, `beginLumi ${lumi}`);
    before(`endLumi ${lumi}`, `endRun ${run}`);
    for (const index of indices) {
      if (at(`streamBeginLumi ${lumi} ${index}`) === -1) continue;
      before(`beginRun ${run}`, `streamBeginRun ${run} ${index}`);
      before(`streamBeginRun ${run} ${index}`, `streamBeginLumi ${lumi} ${index}`);
      before(`beginLumi ${lumi}`, `streamBeginLumi ${lumi} ${index}`);
      before(`streamEndLumi ${lumi} ${index}`, `endLumi ${lumi}`);
      before(`streamEndLumi ${lumi} ${index}`, `streamEndRun ${run} ${index}`);
      before(`streamEndRun ${run} ${index}`, `endRun ${run}`);
      before(`endRun ${run}`, `endStream ${index}`);
    }
    for (const event of log.filter((line) => line.startsWith(`event ${lumi}:`))) {
      before(`beginLumi ${lumi}`, event);
      before(event, `endLumi ${lumi}`);
    }
  }
}
