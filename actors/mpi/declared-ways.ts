import { z } from 'zod';
import { sourceLabel, type ProcessData } from '../../edm/index.ts';
import { MPIController } from './mpi-controller.ts';
import { MPIReceiver } from './mpi-receiver.ts';
import { MPISender } from './mpi-sender.ts';
import { MPISource } from './mpi-source.ts';
import { endsByOrigin, type PairPort } from './pair-port.ts';

/** A way from a process to others, as its configuration has it. */
export interface DeclaredWay {
  /** The processes at its other end. */
  readonly partners: readonly string[];
  /** Instances on which this process sends. */
  readonly sends: readonly number[];
}

/** How a process is linked with others, as its configuration has it. */
export interface DeclaredWays {
  /** One for each `MPIController`. */
  readonly toFollowers: readonly DeclaredWay[];
  /** That of its `MPISource`, if it has one. */
  readonly toController: DeclaredWay | undefined;
}

const followersOf = z.object({ followers: z.array(z.string()) });
const controllerOf = z.object({ controller: z.string() });
const pairOf = z.object({ upstream: z.string(), instance: z.number() });

/**
 * The ways of a process, without constructing it. Throws `EDMESH_CONFIGURATION` that lists the senders and receivers whose
 * upstream leads nowhere.
 */
export function declaredWays({ source, modules }: ProcessData): DeclaredWays {
  const all = Object.entries(modules);
  const controllers = all.flatMap(([label, { type, parameters }]) =>
    type === MPIController.typeName ? [{ label, ...followersOf.parse(parameters) }] : [],
  );
  const pairs = all.flatMap(([label, { type, parameters }]): PairPort[] => {
    if (type !== MPISender.typeName && type !== MPIReceiver.typeName) return [];
    const { upstream, instance } = pairOf.parse(parameters);
    const direction = type === MPISender.typeName ? 'send' : 'receive';
    const end = () => ({ label, instance, direction, products: [] }) as const;
    return [{ label, upstream, instance, end }];
  });
  const controller =
    source?.type === MPISource.typeName
      ? controllerOf.safeParse(source.parameters).data?.controller
      : undefined;
  const origins = controllers.map(({ label }) => label);
  if (controller !== undefined) origins.push(sourceLabel);
  const ends = endsByOrigin(pairs, origins);
  const sends = (origin: string) =>
    (ends.get(origin) ?? [])
      .filter(({ direction }) => direction === 'send')
      .map(({ instance }) => instance);
  return {
    toFollowers: controllers.map(({ label, followers }) => ({
      partners: followers,
      sends: sends(label),
    })),
    toController:
      controller === undefined ? undefined : { partners: [controller], sends: sends(sourceLabel) },
  };
}
