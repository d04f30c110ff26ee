import {
  errorFromData,
  type AcquireEvent,
  type AnyInstance,
  type Event,
  type EventPrincipal,
  type GetToken,
  type Holder,
  type ProductType,
  type PutToken,
} from '../../edm/index.ts';
import type { LumiBlock } from '../source/blocks.ts';
import { ModuleState } from '../stream/module-state.ts';
import { packProduct, unpackProduct } from './packed-products.ts';
import type { OneAnswer, PeerLink } from './peer-link.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';

interface Read {
  readonly token: GetToken<unknown>;
  readonly slot: number;
  readonly type: ProductType;
}

/**
 * Stands in for a `one` module that lives in another lane, in one EDM stream: as external work, what the module reads goes
 * there, and what it puts comes back.
 */
export function oneElsewhere(
  node: number,
  resolved: ResolvedProcess,
  principal: () => EventPrincipal,
  home: () => PeerLink,
): AnyInstance {
  const reads = readsOf(node, resolved);
  const puts = putsOf(node, resolved);
  const role = resolved.construction.modules[node]?.type.moduleRole;
  let answer: OneAnswer | undefined;

  const acquire = (event: AcquireEvent, _setup: unknown, holder: Holder): void => {
    const { run, lumi, event: number, timeUs, ordinal, attempt, block } = principal();
    const products = reads.flatMap(({ token, slot, type }) => {
      const product = event.find(token);
      return product === undefined ? [] : [[slot, packProduct(type, product)] as const];
    });
    const ids = { run, lumi, event: number, timeUs, ordinal, attempt };
    const { info } = block as LumiBlock;
    answer = undefined;
    holder.follow(
      home()
        .ask({ kind: 'one', node, ...ids, block: info, products })
        .then((given) => {
          if (principal().ordinal === ordinal) answer = given;
        }),
    );
  };

  const finish = (event: Event): boolean => {
    if (answer === undefined) return true;
    if (answer.error !== null) throw errorFromData(answer.error);
    for (const [slot, packed] of answer.products) {
      const put = puts.get(slot);
      if (put !== undefined) event.put(put.token, unpackProduct(put.type, packed));
    }
    return answer.state !== ModuleState.rejected;
  };

  switch (role) {
    case 'filter':
      return { acquire, filter: finish };
    case 'analyzer':
      return { acquire, analyze: (event) => void finish(event as Event) };
    case 'producer':
    case undefined:
      return { acquire, produce: (event) => void finish(event) };
  }
}

function readsOf(node: number, { registry, tables }: ResolvedProcess): Read[] {
  const bySlot = new Map<number, Read>();
  for (const { reader, slot, token } of registry.reads.event) {
    const type = tables.event.branches[slot]?.type;
    if (reader !== node || type === undefined) continue;
    bySlot.set(slot, { token: token as GetToken<unknown>, slot, type });
  }
  return [...bySlot.values()];
}

function putsOf(
  node: number,
  { construction, tables }: ResolvedProcess,
): Map<number, { readonly token: PutToken<unknown>; readonly type: ProductType }> {
  const puts = new Map<number, { readonly token: PutToken<unknown>; readonly type: ProductType }>();
  for (const each of construction.modules[node]?.recorder.declarations ?? []) {
    if (each.kind !== 'put' || each.level !== 'event') continue;
    const slot = tables.event.put.slot[each.token] ?? -1;
    puts.set(slot, { token: each.token as PutToken<unknown>, type: each.type });
  }
  return puts;
}
