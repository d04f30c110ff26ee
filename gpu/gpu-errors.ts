import { EdmeshError, type ErrorFields } from '../edm/index.ts';

/** A wrong call to a backend: `EDMESH_GPU_CONTRACT`. */
export function contractError(message: string, fields: ErrorFields = {}): EdmeshError {
  return new EdmeshError('EDMESH_GPU_CONTRACT', message, { fields });
}

/** Not enough memory: `EDMESH_GPU_MEMORY`. `bytes` is what was asked for. */
export function memoryError(message: string, bytes: number, cause?: unknown): EdmeshError {
  return new EdmeshError('EDMESH_GPU_MEMORY', message, { fields: { bytes }, cause });
}

/** A device that can no longer be used: `EDMESH_GPU_LOST`. */
export function lostError(backend: string, reason: string, cause?: unknown): EdmeshError {
  return new EdmeshError('EDMESH_GPU_LOST', `backend ${backend} is lost: ${reason}`, {
    fields: { backend },
    cause,
  });
}

/** A command that failed on a device: `EDMESH_GPU_OPERATION`. */
export function operationError(
  place: { readonly backend: string; readonly queue?: number; readonly operation: string },
  cause: unknown,
): EdmeshError {
  const { backend, queue, operation } = place;
  const where = queue === undefined ? '' : `, queue ${String(queue)}`;
  return new EdmeshError(
    'EDMESH_GPU_OPERATION',
    `${operation} failed on backend ${backend}${where}: ${messageOf(cause)}`,
    { fields: { ...place }, cause },
  );
}

/** The first line of what was thrown. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}
