import { declaredWays } from '../actors/index.ts';
import { listedError, type ProcessData } from '../edm/index.ts';
import type { MeshLayout } from '../transport/index.ts';

/** A process of a job, and in how many lanes it runs. */
export interface LaidOutProcess {
  readonly data: ProcessData;
  readonly lanes: number;
}

/**
 * Who takes part in a job and which instances go between whom, as the configurations say. Throws `EDMESH_CONFIGURATION`
 * that lists who is missing, or named by nobody.
 */
export function meshLayout(job: string, processes: readonly LaidOutProcess[]): MeshLayout {
  const problems: string[] = [];
  const all = processes.map(({ data }) => ({ name: data.name, ...declaredWays(data) }));
  const named = new Map(all.map((each) => [each.name, each]));
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
            : `${follower} follows ${controller}, but no config is of a process ${follower}; give it too`,
        );
        return [];
      }),
    ),
  );
  for (const { name, toController, toFollowers } of all) {
    const isLinked = links.some(({ follower }) => follower === name);
    const [controller] = toController?.partners ?? [];
    if (controller !== undefined && !isLinked && !named.has(controller)) {
      problems.push(
        `${controller} controls ${name}, but no config is of a process ${controller}; give it too`,
      );
    } else if (controller !== undefined && !isLinked) {
      problems.push(
        `${controller} controls ${name}, but has no MPIController with follower ${name}`,
      );
    } else if (controller === undefined && toFollowers.length === 0) {
      problems.push(`${name} has no MPIController or MPISource, and so no part in a job`);
    }
  }
  if (problems.length > 0) throw listedError('EDMESH_CONFIGURATION', `job ${job}`, problems);
  const lanes = processes.map(({ data, lanes: count }) => ({ name: data.name, lanes: count }));
  return { job, processes: lanes, links };
}
