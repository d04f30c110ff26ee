import { EdmeshError, listedError } from '../../edm/index.ts';

/** Another process has said that it failed. */
export function peerFailed(process: string, code: string, message: string): EdmeshError {
  return new EdmeshError('EDMESH_PEER_FAILED', `process ${process} has failed: ${message}`, {
    fields: { process, code },
  });
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

/** The endpoint is used before it was opened. */
export function neverOpened(): never {
  throw new EdmeshError('EDMESH_INTERNAL', 'the endpoint is not open yet');
}
