/** Run number: an unsigned 32-bit integer. */
export type RunNumber = number;
/** Luminosity block number within a run: an unsigned 32-bit integer. */
export type LumiNumber = number;
/** Event number: an unsigned 64-bit integer of which the safe integers are used. */
export type EventNumber = number;

/** The identity that the data give an event. Sources may repeat it; what is unique in a job is the ordinal. */
export interface EventId {
  readonly run: RunNumber;
  readonly lumi: LumiNumber;
  readonly event: EventNumber;
}

/** An {@link EventId} that a source fills in, with the time stamp (microseconds since 1970, 0 where unknown). */
export interface MutableEventId {
  run: RunNumber;
  lumi: LumiNumber;
  event: EventNumber;
  timeUs: number;
}

const largest = 0xffff_ffff;

/** What is wrong with an id, or `undefined` when run and lumi are u32 and the event is a safe integer. */
export function idProblem(id: EventId): string | undefined {
  if (!Number.isInteger(id.run) || id.run < 0 || id.run > largest) {
    return `run ${String(id.run)} is not an unsigned 32-bit integer`;
  }
  if (!Number.isInteger(id.lumi) || id.lumi < 0 || id.lumi > largest) {
    return `lumi ${String(id.lumi)} is not an unsigned 32-bit integer`;
  }
  if (!Number.isSafeInteger(id.event) || id.event < 0) {
    return `event ${String(id.event)} is not a non-negative safe integer`;
  }
  return undefined;
}

/** An id as people write it: `run:lumi:event`. */
export function formatEventId(id: EventId): string {
  return `${String(id.run)}:${String(id.lumi)}:${String(id.event)}`;
}
