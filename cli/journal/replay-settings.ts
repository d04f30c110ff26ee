import type { EventWish, ReplayWish } from '../../actors/index.ts';
import type { ServerArguments } from '../mesh/mesh-server.ts';
import { wrongOption } from '../../edm/index.ts';
import type { RunArguments } from '../run/run-settings.ts';

/** The options of `edmesh replay` as the command line gives them. */
export interface ReplayArguments
  extends Omit<RunArguments, keyof ServerArguments>, ServerArguments {
  readonly process?: string;
  readonly event?: string;
  readonly from?: string;
  readonly to?: string;
  readonly file?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** Which events the options name. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function replayWish({ event, from, to }: ReplayArguments): ReplayWish {
  if (event !== undefined && (from !== undefined || to !== undefined)) {
    throw wrongOption('--event', 'it excludes --from and --to; give one event or a range');
  }
  return {
    ...(event === undefined ? {} : { event: eventWish('--event', event) }),
    ...(from === undefined ? {} : { from: eventWish('--from', from) }),
    ...(to === undefined ? {} : { to: eventWish('--to', to) }),
  };
}

function eventWish(option: string, text: string): EventWish {
  const [, ...digits] = /^(\d+):(\d+):(\d+)(?:@(\d+))?$/.exec(text) ?? [];
  const numbers = digits.filter((each) => (each as string | undefined) !== undefined).map(Number);
  const [run, lumi, event, ordinal] = numbers;
  if (run === undefined || lumi === undefined || event === undefined || !numbers.every(isId)) {
    throw wrongOption(option, `'${text}' is not RUN:LUMI:EVENT, or RUN:LUMI:EVENT@ORDINAL`);
  }
  return { run, lumi, event, ...(ordinal === undefined ? {} : { ordinal }) };
}

function isId(value: number): boolean {
  return Number.isSafeInteger(value);
}
