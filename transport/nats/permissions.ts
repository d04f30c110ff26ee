import { EdmeshError } from '../../edm/index.ts';
import {
  tokenProblem,
  endpointName,
  heartbeatSubject,
  helloSubject,
  linksTo,
  linkSubject,
} from '../subject.ts';

/** Two processes of a job that are linked, and what goes between them. */
export interface MeshLink {
  readonly controller: string;
  readonly follower: string;
  /** Instances from 1 on whose products the controller sends (its `MPISender`, the follower's `MPIReceiver`). */
  readonly toFollower: readonly number[];
  /** Instances from 1 on whose products the follower sends back. */
  readonly toController: readonly number[];
}

/** Who takes part in a job: what its permissions are made from. */
export interface MeshLayout {
  readonly job: string;
  readonly processes: readonly { readonly name: string; readonly lanes: number }[];
  readonly links: readonly MeshLink[];
  /** The JetStream stream of the journal, where the job keeps one; each process may ask how much it holds. */
  readonly journalStream?: string;
}

/** Subjects that a user of a NATS server may use. What is not listed is not allowed. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/**
 * A user of a NATS server: known by the public half of an nkey, by a password (or its bcrypt hash), or by one that the
 * server finds in a variable of its environment.
 */
export type NatsUser = { readonly permissions: NatsPermissions } & (
  | { readonly nkey: string }
  | { readonly user: string; readonly password: string }
  | { readonly user: string; readonly passwordVariable: string }
);

/** What the names of journals begin with, among the JetStream streams of a server. */
export const journalStreamPrefix = 'EDMESH_';

/** The name of the JetStream stream that is the journal of a job. Throws `EDMESH_CONFIGURATION` for a name that is none. */
export function journalStreamName(job: string): string {
  const problem = tokenProblem(job);
  if (problem !== undefined) throw new EdmeshError('EDMESH_CONFIGURATION', `job ${problem}`);
  return journalStreamPrefix + job;
}

/** Who makes and reads journals, whatever process asks for it. */
export const journalUser = 'journal';

/** What replies to the requests of a process begin with: nobody else may read them. */
export function inboxPrefix(job: string, process: string): string {
  return `_INBOX_${job}_${process}`;
}

/**
 * The least that a process needs: to publish what its own lanes say to its own partners on the instances that go that
 * way, to hear what is addressed to it, hellos, and the heartbeats of its partners. Throws `EDMESH_CONFIGURATION` for a
 * name that cannot stand in a subject.
 */
export function permissionsOf(layout: MeshLayout, process: string): NatsPermissions {
  const { job, journalStream } = layout;
  const own = endpointsOf(layout, process);
  const publish = new Set<string>([helloSubject(job)]);
  const subscribe = new Set<string>([helloSubject(job)]);
  for (const endpoint of own) {
    publish.add(heartbeatSubject(job, endpoint));
    subscribe.add(linksTo(job, endpoint));
  }
  for (const { partner, instances } of partnersOf(layout, process)) {
    for (const to of endpointsOf(layout, partner)) {
      subscribe.add(heartbeatSubject(job, to));
      for (const from of own) {
        for (const instance of [0, ...instances]) {
          publish.add(linkSubject(job, from, to, instance));
        }
      }
    }
  }
  if (journalStream !== undefined) {
    publish.add(`$JS.API.STREAM.INFO.${journalStream}`);
    subscribe.add(`${inboxPrefix(job, process)}.>`);
    // A process without a controller makes the journal, anew where one is there.
    if (!layout.links.some(({ follower }) => follower === process)) {
      publish.add('$JS.API.INFO');
      for (const operation of ['CREATE', 'DELETE']) {
        publish.add(`$JS.API.STREAM.${operation}.${journalStream}`);
      }
      subscribe.add(`${inboxPrefix(job, journalUser)}.>`);
    }
  }
  return { publish: [...publish], subscribe: [...subscribe] };
}

/** What who keeps the journal of a job needs: to make its stream, to read it, and nothing of the links. */
export function journalPermissions(layout: MeshLayout): NatsPermissions {
  const { job, journalStream: stream } = layout;
  if (stream === undefined) return { publish: [], subscribe: [] };
  const operations = ['CREATE', 'UPDATE', 'INFO', 'PURGE', 'DELETE'];
  return {
    publish: [
      '$JS.API.INFO',
      ...operations.map((operation) => `$JS.API.STREAM.${operation}.${stream}`),
      ...['CREATE', 'INFO', 'DELETE'].flatMap((operation) => [
        `$JS.API.CONSUMER.${operation}.${stream}`,
        `$JS.API.CONSUMER.${operation}.${stream}.>`,
      ]),
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
      `$JS.API.STREAM.MSG.GET.${stream}`,
      `$JS.API.DIRECT.GET.${stream}`,
      `$JS.ACK.${stream}.>`,
      `$JS.FC.${stream}.>`,
    ],
    subscribe: [`${inboxPrefix(job, journalUser)}.>`],
  };
}

/** The users as the `authorization` block of the configuration of a nats-server. */
export function authorizationBlock(users: readonly NatsUser[]): string {
  // An empty list of what is allowed would allow all.
  const list = (subjects: readonly string[]): string =>
    subjects.length === 0
      ? '{ deny: ">" }'
      : `{ allow: [\n${subjects.map((subject) => `          ${quoted(subject)}\n`).join('')}        ] }`;
  const blocks = users.map((user) => {
    const { publish, subscribe } = user.permissions;
    return `    {
      ${identityOf(user)}
      permissions: {
        publish: ${list(publish)}
        subscribe: ${list(subscribe)}
      }
    }
`;
  });
  return `authorization {\n  users: [\n${blocks.join('')}  ]\n}\n`;
}

function identityOf(user: NatsUser): string {
  if ('nkey' in user) return `nkey: ${user.nkey}`;
  const password = 'password' in user ? quoted(user.password) : `$${user.passwordVariable}`;
  return `user: ${quoted(user.user)}, password: ${password}`;
}

/** Text in quotes, as JSON has it, which a nats-server reads alike. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function endpointsOf(layout: MeshLayout, process: string): string[] {
  const lanes = layout.processes.find(({ name }) => name === process)?.lanes ?? 1;
  return Array.from({ length: lanes }, (_, lane) => endpointName(process, lane, lanes));
}

/** With whom a process is linked, and on which instances it sends. */
function partnersOf(
  { links }: MeshLayout,
  process: string,
): { readonly partner: string; readonly instances: readonly number[] }[] {
  return links.flatMap(({ controller, follower, toFollower, toController }) => [
    ...(controller === process ? [{ partner: follower, instances: toFollower }] : []),
    ...(follower === process ? [{ partner: controller, instances: toController }] : []),
  ]);
}
