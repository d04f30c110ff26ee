import {
  createProcessHistory,
  emptyTokenTable,
  sourceLabel,
  type LevelTable,
  type ViewTables,
} from '../../edm/index.ts';
import type { ConstructedSource } from '../plan/construction.ts';
import { sourceIndex } from '../plan/product-registry.ts';

/**
 * Tables of a source that is read away from the modules: its products alone, slot by slot in the order in which it
 * declared them, on shared memory.
 */
export function sourceTables({ recorder }: ConstructedSource, seed: number): ViewTables {
  const puts = recorder.declarations.filter((each) => each.kind === 'put');
  const tokens = Math.max(0, ...puts.map(({ token }) => token + 1));
  const put = emptyTokenTable(tokens);
  puts.forEach(({ token }, slot) => {
    put.owner[token] = sourceIndex;
    put.slot[token] = slot;
  });
  const branches = puts.map(({ type, instance }) => ({
    friendlyType: type.name,
    moduleLabel: sourceLabel,
    productInstance: instance,
    processName: '',
    type,
    level: 'event' as const,
  }));
  const nothing: LevelTable = {
    get: emptyTokenTable(tokens),
    put: emptyTokenTable(tokens),
    branches: [],
    provenance: [],
    reductions: [],
  };
  return {
    event: { ...nothing, put, branches },
    lumi: nothing,
    run: nothing,
    seed,
    allocate: (bytes) => new SharedArrayBuffer(bytes),
    processHistory: createProcessHistory([]),
  };
}
