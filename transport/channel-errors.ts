import { EdmeshError } from '../edm/index.ts';

/** A message that the broker would not take. */
export function payloadTooLarge(subject: string, bytes: number, limit: number): EdmeshError {
  return new EdmeshError(
    'EDMESH_PAYLOAD_TOO_LARGE',
    `${subject}: a message of ${String(bytes)} bytes is larger than the broker takes (${String(limit)} bytes)`,
    { fields: { subject, bytes, limit } },
  );
}

/** The channel was used after it was closed. */
export function channelClosed(operation: string): EdmeshError {
  return new EdmeshError('EDMESH_CONNECTION', `cannot ${operation}: the channel is closed`, {
    fields: { failed: 'closed' },
  });
}

/** A handler threw: nobody else would hear of it, so that the channel ends with this. */
export function handlerThrew(subject: string, thrown: unknown): EdmeshError {
  if (thrown instanceof EdmeshError) return thrown;
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return new EdmeshError('EDMESH_INTERNAL', `the handler of ${subject} threw: ${said}`, {
    cause: thrown,
    fields: { subject },
  });
}
