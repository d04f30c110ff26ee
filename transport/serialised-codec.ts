import { Encoder } from 'cbor-x/index-no-eval';
import { EdmeshError } from '../edm/index.ts';
import { cborProblem } from './cbor-scan.ts';
import { SendableCheck } from './sendable.ts';
import { frameInvalid } from './wire-errors.ts';

const options = { useRecords: false, tagUint8Array: true, copyBuffers: true };
const codec = new Encoder(options);
/** Writes every number as a float of 64 bits, the one form that keeps -0. */
const floatCodec = new Encoder({ ...options, alwaysUseFloat: true });
const check = new SendableCheck();

/**
 * CBOR bytes of a value that {@link decodeSerialised} makes equal to it: null, booleans, numbers (NaN and -0 too), bigints
 * of 64 bits, text, `undefined`, arrays, plain objects, Date, Map, Set and typed arrays. What would arrive as something
 * else throws `EDMESH_PRODUCT_NOT_SENDABLE`; `what` names the value in the message. The bytes are nobody else's.
 */
export function encodeSerialised(value: unknown, what: string): Uint8Array {
  let problem: string | undefined;
  try {
    problem = check.problem(value);
    if (problem === undefined) return (check.hasNegativeZero ? floatCodec : codec).encode(value);
  } catch (cause) {
    throw notSendable(what, 'it cannot be read', cause);
  }
  throw notSendable(what, problem);
}

/**
 * The value of CBOR bytes that came from outside. Shares no memory with them. Throws `EDMESH_FRAME_INVALID` for all that
 * {@link encodeSerialised} does not write; `offset` is where the bytes are in the message of `subject`.
 */
export function decodeSerialised(bytes: Uint8Array, subject: string, offset: number): unknown {
  const problem = cborProblem(bytes);
  if (problem !== undefined) {
    throw frameInvalid(subject, offset + problem.offset, `CBOR: ${problem.problem}`);
  }
  try {
    // A view of its own: the decoder sets a property on what it reads, and Buffers make other slices.
    return codec.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw frameInvalid(subject, offset, 'CBOR cannot be decoded', cause);
  }
}

/** A product that would not arrive as it is. */
export function notSendable(what: string, problem: string, cause?: unknown): EdmeshError {
  return new EdmeshError('EDMESH_PRODUCT_NOT_SENDABLE', `${what} cannot be sent: ${problem}`, {
    fields: { product: what },
    ...(cause === undefined ? {} : { cause }),
  });
}
