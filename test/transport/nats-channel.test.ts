import { describe } from 'vitest';
import { connectNats } from '../../transport/index.ts';
import { useNatsServer } from '../nats-server.ts';
import { channelContract } from './channel.contract.ts';

describe('nats', () => {
  const server = useNatsServer();
  channelContract({ kind: 'nats', connect: (name) => connectNats({ url: server.url }, name) });
});
