export type { Channel, ChannelStatus } from './channel.ts';
export { FrameHeader, frameKinds, FrameView } from './frame.ts';
export type { FrameKind } from './frame.ts';
export { Inbox } from './inbox.ts';
export { MemoryBroker } from './memory-channel.ts';
export { connectNats } from './nats-channel.ts';
export { openNatsConnection } from './nats-connection.ts';
export { describeNats } from './nats-credentials.ts';
export { natsSettings } from './nats-options.ts';
export type { NatsOptions } from './nats-options.ts';
export type { NatsSettings } from './nats-settings.ts';
export { Outbox, Outboxes } from './outbox.ts';
export {
  authorizationBlock,
  inboxPrefix,
  journalPermissions,
  journalStreamName,
  journalUser,
  permissionsOf,
} from './permissions.ts';
export type { MeshLayout, NatsUser } from './permissions.ts';
export { ProductsReader, ProductsWriter } from './product-metadata.ts';
export { decodeSerialised, encodeSerialised } from './serialised-codec.ts';
export {
  endpointName,
  heartbeatSubject,
  helloSubject,
  isEndpoint,
  linksTo,
  linkSubject,
  parseLinkSubject,
  tokenProblem,
} from './subject.ts';
export { addTraffic, Traffic } from './traffic.ts';
export type { TrafficCounts } from './traffic.ts';
