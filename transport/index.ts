export type { Channel, ChannelStatus } from './channel.ts';
export { FrameHeader, frameKinds, FrameView } from './frame.ts';
export type { FrameKind } from './frame.ts';
export { Inbox } from './inbox.ts';
export { loadJournal } from './journal/journal.ts';
export type { JournalTools } from './journal/journal.ts';
export type { JournalClock } from './journal/journal-clock.ts';
export { PacketReader } from './journal/journal-frames.ts';
export type { SummaryOptions } from './journal/journal-list.ts';
export type { JournalRecord, JournalRecords } from './journal/journal-record.ts';
export type { Journal, JournalMode } from './journal/journal-stream.ts';
export type { JournalEvent, JournalProcess, JournalSummary } from './journal/journal-summary.ts';
export { MemoryBroker } from './memory-channel.ts';
export { connectNats } from './nats/nats-channel.ts';
export { openNatsConnection } from './nats/nats-connection.ts';
export { describeNats } from './nats/nats-credentials.ts';
export { natsSettings } from './nats/nats-options.ts';
export type { NatsOptions } from './nats/nats-options.ts';
export type { NatsSettings } from './nats/nats-settings.ts';
export { Outbox, Outboxes } from './outbox.ts';
export {
  authorizationBlock,
  inboxPrefix,
  journalPermissions,
  journalStreamName,
  journalUser,
  permissionsOf,
} from './nats/permissions.ts';
export { productsIn, ProductsReader, ProductsWriter } from './product-metadata.ts';
export type { MeshLayout, NatsUser } from './nats/permissions.ts';
export { decodeSerialised, encodeSerialised } from './serialised-codec.ts';
export {
  endpointName,
  heartbeatSubject,
  helloSubject,
  isEndpoint,
  linksFrom,
  linksTo,
  linkSubject,
  parseLinkSubject,
  tokenProblem,
} from './subject.ts';
export type { LinkSubject } from './subject.ts';
export { addTraffic, Traffic } from './traffic.ts';
export type { TrafficCounts } from './traffic.ts';
