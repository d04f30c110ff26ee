import { EdmeshError } from '../edm/index.ts';

/** The bytes of a subject are not what edmesh writes. */
export function frameInvalid(
  subject: string,
  offset: number,
  problem: string,
  cause?: unknown,
): EdmeshError {
  return new EdmeshError(
    'EDMESH_FRAME_INVALID',
    `${subject}: at offset ${String(offset)}, ${problem}`,
    { fields: { subject, offset }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** A packet did not come in its turn; `how` says whether before or behind it. */
export function frameGap(
  subject: string,
  expected: number,
  received: number,
  how: 'ahead' | 'behind',
): EdmeshError {
  const lost = received - expected;
  const text =
    how === 'behind'
      ? `packet ${String(received)} came late or twice, expected was packet ${String(expected)}`
      : `${lost === 1 ? '1 packet was' : `${String(lost)} packets were`} lost from number ${String(expected)} on`;
  return new EdmeshError('EDMESH_FRAME_GAP', `${subject}: ${text}`, {
    fields: { subject, expected, received },
  });
}

/** A frame that is larger than both sides have agreed to take. */
export function frameTooLarge(subject: string, bytes: number, limit: number): EdmeshError {
  return new EdmeshError(
    'EDMESH_FRAME_TOO_LARGE',
    `${subject}: a frame of ${String(bytes)} bytes is larger than the limit of ${String(limit)}`,
    { fields: { subject, bytes, limit } },
  );
}
