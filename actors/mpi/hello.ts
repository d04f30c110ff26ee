import { z } from 'zod';
import { EdmeshError } from '../../edm/index.ts';
import {
  decodeSerialised,
  encodeSerialised,
  type FrameView,
  type Outboxes,
} from '../../transport/index.ts';
import { contractSchema } from './contract.ts';

const name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** Why a process ends the jobs of others. */
export const failureSchema = z.object({ process: name, code: z.string(), message: z.string() });

/** How an endpoint makes itself known to all others of its job. */
const helloSchema = z.object({
  endpoint: name,
  process: name,
  lane: z.int().min(0),
  lanes: z.int().min(1).max(1024),
  /** Which start of the process it is. */
  session: name,
  /** The session of somebody new that it answers to, who need not answer again. */
  answersTo: name.nullable(),
  /** Why its process has failed before all had joined. */
  failure: failureSchema.nullable(),
});

/** How an endpoint makes itself known to all others of its job. */
export type Hello = z.infer<typeof helloSchema>;

/** What a controller tells a follower that it has found. */
export const connectSchema = z.object({
  process: name,
  lanes: z.int().min(1).max(1024),
  contract: contractSchema,
});

/** What a follower answers to a controller that it agrees with. */
export const acceptSchema = z.object({ slots: z.int().min(1).max(0xffff) });

/** What a follower answers to a controller that it does not agree with. */
export const refuseSchema = z.object({ problems: z.array(z.string()) });

/** The packets that an endpoint has sent, by subject. */
const heartbeatSchema = z.array(z.tuple([z.string(), z.int().min(0)]));

/** The bytes by which an endpoint makes itself known. */
export function helloBytes(hello: Hello): Uint8Array {
  return encodeSerialised(hello, 'hello');
}

/** What the body of a control frame says. Throws `EDMESH_FRAME_INVALID` where that is not as it should be. */
export function bodyOf<T>(frame: FrameView, schema: z.ZodType<T>): T {
  const { success, data, error } = schema.safeParse(
    decodeSerialised(frame.body(), 'a control frame', 0),
  );
  if (success) return data;
  const kind = String(frame.kind);
  throw new EdmeshError('EDMESH_FRAME_INVALID', `the body of a frame of kind ${kind} is unknown`, {
    cause: error,
  });
}

/** What a message on the subject of hellos says. Throws where it is none. */
export function helloIn(payload: Uint8Array, subject: string): Hello {
  return helloSchema.parse(decodeSerialised(payload, subject, 0));
}

/** The bytes that say how many packets have been sent, by subject. */
export function heartbeatBytes(outboxes: Outboxes): Uint8Array {
  return encodeSerialised([...outboxes.sentBySubject()], 'heartbeat');
}

/** How many packets a partner has sent, by subject. Throws where the message is no heartbeat. */
export function heartbeatIn(
  payload: Uint8Array,
  subject: string,
): readonly (readonly [subject: string, packets: number])[] {
  return heartbeatSchema.parse(decodeSerialised(payload, subject, 0));
}
