import { wrongOption } from '../../edm/index.ts';
import {
  authorizationBlock,
  journalPermissions,
  journalStreamName,
  journalUser,
  permissionsOf,
  type MeshLayout,
  type NatsUser,
} from '../../transport/index.ts';
import { clusterPlan, definedOf } from '../cluster/cluster-plan.ts';
import { clusterSettings, type ClusterArguments } from '../cluster/cluster-settings.ts';
import type { CommandContext } from '../command-context.ts';
import { readConfig } from '../config/configured-process.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { meshLayout } from './mesh-layout.ts';
import { countText } from '../number-text.ts';

/** The options of `edmesh auth` as the command line gives them. */
export interface AuthArguments extends Pick<
  ClusterArguments,
  'param' | 'set' | 'threads' | 'streams' | 'for' | 'job'
> {
  readonly journal?: boolean;
  /** `NAME=KEY` each. */
  readonly publicKey: readonly string[];
  readonly json?: boolean;
}

/**
 * `edmesh auth`: writes what each process of a job may publish and subscribe to, and no more. Throws what is wrong with the
 * options, a config, or the links between the processes.
 */
export async function authCommand(
  configFiles: readonly string[],
  given: AuthArguments,
  context: CommandContext,
): Promise<void> {
  const { job, threads, streams, param, set, for: own } = given;
  const shared = { param, set, for: own, histograms: [], ...definedOf({ job, threads, streams }) };
  const settings = clusterSettings(shared);
  const configs: LoadedConfig[] = [];
  for (const file of configFiles) configs.push(await readConfig(file, context));
  const members = clusterPlan(configs, shared, settings);
  const processes = members.map(({ definition: { data }, settings: { job: run } }) => ({
    data,
    lanes: Math.min(run.threads, run.streams),
  }));
  const layout: MeshLayout = {
    ...meshLayout(settings.mesh.job, processes),
    ...(given.journal ? { journalStream: journalStreamName(settings.mesh.job) } : {}),
  };
  const permissions = new Map(
    layout.processes.map(({ name }) => [name, permissionsOf(layout, name)]),
  );
  if (given.journal) {
    if (permissions.has(journalUser)) {
      throw wrongOption(
        '--journal',
        `its user is ${journalUser}, and so must no process be called`,
      );
    }
    permissions.set(journalUser, journalPermissions(layout));
  }
  const keys = publicKeys(given.publicKey, permissions);
  const { terminal } = context;
  if (given.json) {
    const text = { job: layout.job, users: Object.fromEntries(permissions) };
    terminal.out(`${JSON.stringify(text, undefined, 2)}\n`);
    return;
  }
  const users = [...permissions].map(([name, each]): NatsUser => {
    const key = keys.get(name);
    const who =
      key === undefined ? { user: name, passwordVariable: variableOf(name) } : { nkey: key };
    return { ...who, permissions: each };
  });
  terminal.out(comment(layout, users) + authorizationBlock(users));
}

/** The keys of users who are known by one. Throws `EDMESH_COMMAND_LINE`. */
function publicKeys(
  given: readonly string[],
  users: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, string> {
  const option = '--public-key';
  const keys = given.map((text) => {
    const at = text.indexOf('=');
    const [name, key] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
    if (!users.has(name)) {
      throw wrongOption(option, `'${name}' is none of ${[...users.keys()].join(', ')}`);
    }
    if (!/^U[A-Z2-7]{55}$/.test(key)) {
      throw wrongOption(option, `'${key}' is not the public key of a user (U and 55 letters)`);
    }
    return [name, key] as const;
  });
  return new Map(keys);
}

/** A variable of the environment in which the server finds a password. */
function variableOf(user: string): string {
  return `${user.toUpperCase().replaceAll('-', '_')}_PASSWORD`;
}

function comment({ job, processes }: MeshLayout, users: readonly NatsUser[]): string {
  const lanes = processes.map(({ name, lanes: count }) => `${name} ${countText(count, 'lane')}`);
  const variables = users.flatMap((user) =>
    'passwordVariable' in user ? [user.passwordVariable] : [],
  );
  return [
    `Users of job ${job} for a nats-server, as a part of its configuration.`,
    `Processes have the lanes that edmesh auth was told of (--threads): ${lanes.join(', ')}.`,
    ...(variables.length === 0
      ? []
      : [`The server reads passwords from its environment: ${variables.join(', ')}.`]),
  ]
    .map((line) => `# ${line}\n`)
    .join('');
}
