import { z } from 'zod';
import {
  decodeSerialised,
  encodeSerialised,
  type FrameView,
  type Outboxes,
} from '../../transport/index.ts';
import type { LanePlace } from '../lane-places.ts';
import { contractSchema } from './contract.ts';

/** How an endpoint makes itself known to all others of its job. */
const helloSchema = z.object({
  endpoint: z.string(),
  process: z.string(),
  lane: z.int().min(0),
  lanes: z.int().min(1),
  /** Whether it answers to somebody new, who need not answer again. */
  isAnswer: z.boolean(),
  /** Why its process has failed before it could join. */
  failure: z.string().nullable(),
});

/** How an endpoint makes itself known to all others of its job. */
export type Hello = z.infer<typeof helloSchema>;

/** What a controller tells a follower that it has found. */
export const connectSchema = z.object({
  process: z.string(),
  lanes: z.int().min(1),
  contract: contractSchema,
});

/** What a follower answers to a controller that it agrees with. */
export const acceptSchema = z.object({ slots: z.int().min(1).max(0xffff) });

/** What a follower answers to a controller that it does not agree with. */
export const refuseSchema = z.object({ problems: z.array(z.string()) });

/** The packets that an endpoint has sent, by subject. */
const heartbeatSchema = z.array(z.tuple([z.string(), z.int().min(0)]));

/** Why a process ends the job of another one. */
export const abortSchema = z.object({ process: z.string(), code: z.string(), message: z.string() });

/** The bytes by which an endpoint makes itself known. */
export function helloBytes(
  hello: Pick<Hello, 'endpoint' | 'process' | 'isAnswer' | 'failure'>,
  { index: lane, lanes }: LanePlace,
): Uint8Array {
  return encodeSerialised({ ...hello, lane, lanes }, 'hello');
}

/** What the body of a control frame says, before it is checked. */
export function bodyOf(frame: FrameView): unknown {
  return decodeSerialised(frame.body(), 'a control frame', 0);
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
