import { EdmeshError, listedError } from '../../edm/index.ts';

/** Events that one message names. */
const eventsToldMax = 16;

/** Why a job over several processes has failed: the process that failed first, and its error. */
export interface Failure {
  readonly process: string;
  readonly code: string;
  readonly message: string;
}

/** Another process has said that it failed, or that it was told so of a third one. */
export function peerFailed({ process, code, message }: Failure, toldBy: string): EdmeshError {
  const through = process === toldBy ? '' : `, says ${toldBy}`;
  const text = `process ${process} has failed${through}: ${message}`;
  return new EdmeshError('EDMESH_PEER_FAILED', text, {
    fields: { process, code, reason: message, toldBy },
  });
}

/** What is told to other processes of an error here: who failed first, where that was told here. */
export function failureOf({ code, message, fields }: EdmeshError, process: string): Failure {
  if (code !== 'EDMESH_PEER_FAILED') return { process, code, message };
  return {
    process: String(fields.process),
    code: String(fields.code),
    message: String(fields.reason),
  };
}

/** What waits for other processes is given up, because the job has failed with an error. */
export function givenUp({ code, category }: EdmeshError): EdmeshError {
  return new EdmeshError(code, 'given up, as the job has failed', { category });
}

/** Another process of the same name is in the job. */
export function startedTwice(process: string, job: string): EdmeshError {
  return new EdmeshError(
    'EDMESH_PROCESS_TWICE',
    `process ${process} is in job ${job} already: it was started twice; end one, or give one another job`,
    { fields: { process, job } },
  );
}

/** The only process that events could go to asks for no more of them. */
export function followerLeaves(process: string): EdmeshError {
  return new EdmeshError(
    'EDMESH_INTERRUPTED',
    `process ${process} was stopped and no other one follows: events in flight are drained`,
    { fields: { process } },
  );
}

/** The MPI modules of two processes do not match. */
export function mismatch(
  process: string,
  partner: string,
  problems: readonly string[],
): EdmeshError {
  const title = `the MPI modules of ${process} and ${partner} do not match`;
  return listedError('EDMESH_CONTRACT', title, problems);
}

/** Another process has left while there were events. */
export function leftEarly(process: string): EdmeshError {
  return new EdmeshError('EDMESH_PEER_LOST', `process ${process} has left before the end of data`, {
    fields: { process },
  });
}

/** The process was stopped while it waited for others. */
export function stoppedEarly(): EdmeshError {
  return new EdmeshError('EDMESH_INTERRUPTED', 'stopped before all processes had joined');
}

/** Processes that were waited for have not come. */
export function notJoined(
  job: string,
  processes: readonly string[],
  waitedMs: number,
): EdmeshError {
  return new EdmeshError(
    'EDMESH_PEER_LOST',
    `${processes.join(', ')} did not join job ${job} within ${String(waitedMs)} ms; start it`,
    { fields: { processes } },
  );
}

/** Bytes that have the form of a message, but not its content. */
export function unreadable(endpoint: string, cause: unknown): EdmeshError {
  if (cause instanceof EdmeshError) return cause;
  return new EdmeshError('EDMESH_FRAME_INVALID', `${endpoint} got what it cannot read`, { cause });
}

/** What is wrong with what a partner sends, with the events that may miss it. */
export function whileInHand(error: EdmeshError, events: readonly string[]): EdmeshError {
  const { code, category, message, fields, cause } = error;
  const listed = events.length > eventsToldMax ? [...events.slice(0, eventsToldMax), '…'] : events;
  const text = `${message}; events in hand: ${listed.join(', ')}`;
  return new EdmeshError(code, text, { category, fields: { ...fields, events }, cause });
}

/** The endpoint is used before it was opened. */
export function neverOpened(): never {
  throw new EdmeshError('EDMESH_INTERNAL', 'the endpoint is not open yet');
}
