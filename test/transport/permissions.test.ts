import { describe, expect, it } from 'vitest';
import type { EdmeshError } from '../../edm/index.ts';
import {
  authorizationBlock,
  connectNats,
  inboxPrefix,
  journalPermissions,
  openNatsConnection,
  permissionsOf,
  type Channel,
  type MeshLayout,
} from '../../transport/index.ts';
import { useNatsServer } from '../nats-server.ts';
import { until } from './channel.contract.ts';

const layout: MeshLayout = {
  job: 'velo',
  processes: [
    { name: 'LOCAL', lanes: 1 },
    { name: 'REMOTE', lanes: 2 },
    { name: 'THIRD', lanes: 1 },
  ],
  links: [
    { controller: 'LOCAL', follower: 'REMOTE', toFollower: [1], toController: [2] },
    { controller: 'LOCAL', follower: 'THIRD', toFollower: [3], toController: [] },
  ],
};

describe('permissions of a job', () => {
  it('let a controller reach its followers on the instances that go to them', () => {
    expect(permissionsOf(layout, 'LOCAL')).toEqual({
      publish: [
        'edm.velo.hello',
        'edm.velo.hb.LOCAL',
        'edm.velo.LOCAL.REMOTE-0.0',
        'edm.velo.LOCAL.REMOTE-0.1',
        'edm.velo.LOCAL.REMOTE-1.0',
        'edm.velo.LOCAL.REMOTE-1.1',
        'edm.velo.LOCAL.THIRD.0',
        'edm.velo.LOCAL.THIRD.3',
      ],
      subscribe: [
        'edm.velo.hello',
        'edm.velo.*.LOCAL.*',
        'edm.velo.hb.REMOTE-0',
        'edm.velo.hb.REMOTE-1',
        'edm.velo.hb.THIRD',
      ],
    });
  });

  it('let a follower answer on the instances that come back', () => {
    expect(permissionsOf(layout, 'REMOTE')).toEqual({
      publish: [
        'edm.velo.hello',
        'edm.velo.hb.REMOTE-0',
        'edm.velo.hb.REMOTE-1',
        'edm.velo.REMOTE-0.LOCAL.0',
        'edm.velo.REMOTE-0.LOCAL.2',
        'edm.velo.REMOTE-1.LOCAL.0',
        'edm.velo.REMOTE-1.LOCAL.2',
      ],
      subscribe: [
        'edm.velo.hello',
        'edm.velo.*.REMOTE-0.*',
        'edm.velo.*.REMOTE-1.*',
        'edm.velo.hb.LOCAL',
      ],
    });
  });

  it('let each process ask what the journal holds, with an inbox of its own', () => {
    const { publish, subscribe } = permissionsOf({ ...layout, journalStream: 'edm-velo' }, 'THIRD');
    expect(publish).toContain('$JS.API.STREAM.INFO.edm-velo');
    expect(subscribe).toContain('_INBOX_velo_THIRD.>');
    expect(publish.filter((subject) => subject.startsWith('$JS'))).toHaveLength(1);
  });

  it('let a process without a controller make the journal', () => {
    const { publish, subscribe } = permissionsOf({ ...layout, journalStream: 'edm-velo' }, 'LOCAL');
    expect(publish.filter((subject) => subject.startsWith('$JS'))).toEqual([
      '$JS.API.STREAM.INFO.edm-velo',
      '$JS.API.INFO',
      '$JS.API.STREAM.CREATE.edm-velo',
      '$JS.API.STREAM.DELETE.edm-velo',
    ]);
    expect(subscribe).toContain('_INBOX_velo_journal.>');
  });

  it('refuse names that would reach further', () => {
    const evil: MeshLayout = {
      job: 'velo',
      processes: [],
      links: [{ controller: 'LOCAL', follower: '>', toFollower: [], toController: [] }],
    };
    expect(() => permissionsOf(evil, 'LOCAL')).toThrow("endpoint '>' is not");
  });

  it('become a block of the configuration, in which nothing is allowed by an empty list', () => {
    const block = authorizationBlock([
      { nkey: 'UABC', permissions: { publish: ['a.b'], subscribe: [] } },
      { user: 'x', password: 'quote " it', permissions: { publish: [], subscribe: ['c'] } },
      { user: 'y', passwordVariable: 'Y_PASSWORD', permissions: { publish: [], subscribe: [] } },
    ]);
    expect(block).toBe(`authorization {
  users: [
    {
      nkey: UABC
      permissions: {
        publish: { allow: [
          "a.b"
        ] }
        subscribe: { deny: ">" }
      }
    }
    {
      user: "x", password: "quote \\" it"
      permissions: {
        publish: { deny: ">" }
        subscribe: { allow: [
          "c"
        ] }
      }
    }
    {
      user: "y", password: $Y_PASSWORD
      permissions: {
        publish: { deny: ">" }
        subscribe: { deny: ">" }
      }
    }
  ]
}
`);
  });
});

describe('a server with the permissions of a job', () => {
  const journalled = { ...layout, journalStream: 'edm-velo' };
  const server = useNatsServer({
    configuration: authorizationBlock([
      ...['LOCAL', 'REMOTE', 'THIRD'].map((name) => ({
        user: name,
        password: `secret of ${name}`,
        permissions: permissionsOf(journalled, name),
      })),
      { user: 'journal', password: 'secret', permissions: journalPermissions(journalled) },
      { user: 'mute', password: 'secret', permissions: { publish: [], subscribe: [] } },
    ]),
  });
  const settings = (user: string, password = `secret of ${user}`) => ({
    url: server.url,
    credentials: { kind: 'user' as const, user, password },
    inboxPrefix: inboxPrefix('velo', user),
  });
  /** The error with which a channel ends after it did something. */
  const refusal = async (user: string, act: (channel: Channel) => void): Promise<EdmeshError> => {
    const channel = await connectNats(settings(user, user === 'mute' ? 'secret' : undefined), user);
    const ended: EdmeshError[] = [];
    channel.onStatus((status) => {
      if (status.kind === 'closed' && status.error !== undefined) ended.push(status.error);
    });
    act(channel);
    await until(() => ended.length > 0);
    await channel.close();
    const [error] = ended;
    if (error === undefined) throw new Error('it was not refused');
    return error;
  };

  it('carries all that the processes of the job say', async () => {
    const local = await connectNats(settings('LOCAL'), 'LOCAL');
    const remote = await connectNats(settings('REMOTE'), 'REMOTE-0');
    const statuses: unknown[] = [];
    for (const channel of [local, remote]) channel.onStatus((status) => statuses.push(status));
    const heard: string[] = [];
    const hear = (subject: string): void => {
      heard.push(subject);
    };
    for (const subject of ['edm.velo.hello', 'edm.velo.hb.LOCAL', 'edm.velo.*.REMOTE-0.*']) {
      remote.subscribe(subject, hear);
    }
    local.subscribe('edm.velo.REMOTE-0.LOCAL.2', hear);
    await Promise.all([local.flush(), remote.flush()]);
    const said = [
      'edm.velo.hello',
      'edm.velo.hb.LOCAL',
      'edm.velo.LOCAL.REMOTE-0.0',
      'edm.velo.LOCAL.REMOTE-0.1',
    ];
    for (const subject of said) local.publish(subject, Uint8Array.of(1));
    await until(() => heard.length === 4);
    remote.publish('edm.velo.REMOTE-0.LOCAL.2', Uint8Array.of(1));
    await until(() => heard.length === 5);
    expect(heard).toEqual([...said, 'edm.velo.REMOTE-0.LOCAL.2']);
    await Promise.all([local.close(), remote.close()]);
    expect(statuses).toEqual([
      { kind: 'closed', error: undefined },
      { kind: 'closed', error: undefined },
    ]);
  });

  it.each([
    ['the instance of another direction', 'REMOTE', 'edm.velo.REMOTE-0.LOCAL.1'],
    ['the name of another process', 'REMOTE', 'edm.velo.LOCAL.REMOTE-0.0'],
    ['a process it is not linked with', 'REMOTE', 'edm.velo.REMOTE-0.THIRD.0'],
    ['the heartbeat of another', 'REMOTE', 'edm.velo.hb.LOCAL'],
    ['another job', 'LOCAL', 'edm.other.hello'],
    ['the journal, to remove it', 'REMOTE', '$JS.API.STREAM.DELETE.edm-velo'],
    ['the journal, to empty it', 'LOCAL', '$JS.API.STREAM.PURGE.edm-velo'],
    ['the journal of another job', 'LOCAL', '$JS.API.STREAM.DELETE.edm-other'],
    ['anything, with no permission', 'mute', 'edm.velo.hello'],
  ])('does not let a process publish to %s', async (_what, user, subject) => {
    const error = await refusal(user, (channel) => {
      channel.publish(subject, Uint8Array.of(1));
    });
    expect(error.code).toBe('EDMESH_PERMISSION');
    expect(error.fields).toMatchObject({ operation: 'publish', subject });
    expect(error.message).toContain(`this process may not publish to ${subject}`);
  });

  it.each([
    ['all of the job', 'REMOTE', 'edm.velo.>'],
    ['what is for another', 'REMOTE', 'edm.velo.LOCAL.THIRD.0'],
    ['the inbox of another', 'REMOTE', '_INBOX_velo_LOCAL.>'],
    ['everything', 'LOCAL', '>'],
    ['anything, with no permission', 'mute', 'edm.velo.hello'],
  ])('does not let a process listen to %s', async (_what, user, subject) => {
    const error = await refusal(user, (channel) => channel.subscribe(subject, () => undefined));
    expect(error.code).toBe('EDMESH_PERMISSION');
    expect(error.fields).toMatchObject({ operation: 'subscribe', subject });
  });

  it('lets who keeps the journal make and read its stream, and a process ask for its state', async () => {
    const { jetstreamManager, jetstream } = await import('@nats-io/jetstream');
    const keeper = await openNatsConnection(settings('journal', 'secret'), 'journal');
    const manager = await jetstreamManager(keeper, { checkAPI: false });
    await manager.streams.add({ name: 'edm-velo', subjects: ['edm.velo.>'] });
    const local = await connectNats(settings('LOCAL'), 'LOCAL');
    local.publish('edm.velo.LOCAL.THIRD.3', Uint8Array.of(5));
    await local.flush();
    const asking = await openNatsConnection(settings('REMOTE'), 'REMOTE');
    const asked = await jetstreamManager(asking, { checkAPI: false });
    expect((await asked.streams.info('edm-velo')).state.messages).toBe(1);
    await expect(asked.streams.delete('edm-velo')).rejects.toThrow();
    const consumer = await jetstream(keeper).consumers.get('edm-velo');
    const message = await consumer.next({ expires: 5000 });
    expect(message?.subject).toBe('edm.velo.LOCAL.THIRD.3');
    await manager.streams.delete('edm-velo');
    await Promise.all([local.close(), keeper.close(), asking.close()]);
  });

  it('does not let a password be seen in what goes wrong', async () => {
    const { inspect } = await import('node:util');
    const failed = await connectNats(settings('LOCAL', 'hunter2-wrong'), 'LOCAL').catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      code: 'EDMESH_CONNECTION',
      fields: { failed: 'authorization', url: server.url },
    });
    expect((failed as EdmeshError).message).toContain('check --creds, --nkey or --user');
    expect(inspect(failed, { depth: 20, showHidden: true })).not.toContain('hunter2');
  });
});
