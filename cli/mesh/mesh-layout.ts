import { declaredWays } from '../../actors/index.ts';
import { listedError, type ProcessData } from '../../edm/index.ts';
import type { MeshLayout } from '../../transport/index.ts';

/** A process of a job, and in how many lanes it runs. */
export interface LaidOutProcess {
  readonly data: ProcessData;
  readonly lanes: number;
}

interface FoundLinks {
  readonly links: MeshLayout['links'];
  /** Who is missing, or not named by its partner. */
  readonly problems: readonly string[];
  /** Processes that are linked with nobody, and do not want to be. */
  readonly alone: readonly string[];
}

/**
 * Who takes part in a job and which instances go between whom, as the configurations say. Throws `EDMESH_CONFIGURATION`
 * that lists who is missing, or takes no part.
 */
export function meshLayout(job: string, processes: readonly LaidOutProcess[]): MeshLayout {
  const { links, problems, alone } = linksBetween(processes.map(({ data }) => data));
  const all = [
    ...problems,
    ...alone.map((name) => `${name} has no MPIController or MPISource, and so no part in a job`),
  ];
  if (all.length > 0) throw listedError('EDMESH_CONFIGURATION', `processes of job ${job}`, all);
  return {
    job,
    links,
    processes: processes.map(({ data, lanes }) => ({ name: data.name, lanes })),
  };
}

/** Throws `EDMESH_CONFIGURATION` that lists the processes which others would wait for in vain. */
export function checkAllThere(processes: readonly ProcessData[]): void {
  const { problems } = linksBetween(processes);
  if (problems.length === 0) return;
  throw listedError('EDMESH_CONFIGURATION', 'processes of the cluster', problems);
}

function linksBetween(processes: readonly ProcessData[]): FoundLinks {
  const all = processes.map((data) => ({ name: data.name, ...declaredWays(data) }));
  const named = new Map(all.map((each) => [each.name, each]));
  const problems: string[] = [];
  const links = all.flatMap(({ name: controller, toFollowers }) =>
    toFollowers.flatMap(({ partners, sends }) =>
      partners.flatMap((follower) => {
        const back = named.get(follower)?.toController;
        if (back?.partners.includes(controller) === true) {
          return [{ controller, follower, toFollower: sends, toController: back.sends }];
        }
        problems.push(
          named.has(follower)
            ? `${follower} follows ${controller}, but has no MPISource with controller '${controller}'`
            : missing(follower, `${follower} follows ${controller}`),
        );
        return [];
      }),
    ),
  );
  for (const { name, toController } of all) {
    if (links.some(({ follower }) => follower === name)) continue;
    for (const controller of toController?.partners ?? []) {
      problems.push(
        named.has(controller)
          ? `${controller} controls ${name}, but has no MPIController with follower '${name}'`
          : missing(controller, `${controller} controls ${name}`),
      );
    }
  }
  const alone = all.filter(
    ({ toController, toFollowers }) => toController === undefined && toFollowers.length === 0,
  );
  return { links, problems, alone: alone.map(({ name }) => name) };
}

function missing(process: string, why: string): string {
  return `${why}, but none of the configs is of process ${process}; give its config too`;
}
