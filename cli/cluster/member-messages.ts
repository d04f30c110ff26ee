import type { JobProgress, JobReport } from '../../actors/index.ts';
import type { RunArguments } from '../run/run-settings.ts';

/** What a process of a cluster is told by the command that started it. */
export type MemberOrder =
  | { readonly kind: 'run'; readonly configFile: string; readonly given: RunArguments }
  /** Take no more events, drain what is in flight, end as usual. */
  | { readonly kind: 'drain'; readonly why: string };

/** What a process of a cluster tells the command that started it. */
export type MemberMessage =
  /** Its job has begun; how many events there will be, where that is known. */
  | { readonly kind: 'announced'; readonly events: number | undefined }
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'report'; readonly report: JobReport };

const orders: ReadonlySet<unknown> = new Set<MemberOrder['kind']>(['run', 'drain']);
const messages: ReadonlySet<unknown> = new Set<MemberMessage['kind']>([
  'announced',
  'progress',
  'report',
]);

/** Whether a value that came over the channel is an order; code of a config may use the channel too. */
export function isMemberOrder(value: unknown): value is MemberOrder {
  return orders.has(kindOf(value));
}

/** Whether a value that came over the channel is a message of the command's own. */
export function isMemberMessage(value: unknown): value is MemberMessage {
  return messages.has(kindOf(value));
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
}
