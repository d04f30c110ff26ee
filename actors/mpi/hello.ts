import { z } from 'zod';
import { contractSchema } from './contract.ts';

/** How an endpoint makes itself known to all others of its job. */
export const helloSchema = z.object({
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
export const heartbeatSchema = z.array(z.tuple([z.string(), z.int().min(0)]));

/** Why a process ends the job of another one. */
export const abortSchema = z.object({ process: z.string(), code: z.string(), message: z.string() });
