export type { Channel, ChannelStatus, MessageHandler, Subscription } from './channel.ts';
export { MemoryBroker } from './memory-channel.ts';
export type { MemoryBrokerOptions } from './memory-channel.ts';
export { connectNats } from './nats-channel.ts';
export { openNatsConnection } from './nats-connection.ts';
export { describeNats, natsSettings } from './nats-credentials.ts';
export type { NatsOptions } from './nats-credentials.ts';
export type { NatsCredentials, NatsSettings, NatsTls } from './nats-settings.ts';
