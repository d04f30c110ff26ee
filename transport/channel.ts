import type { EdmeshError } from '../edm/index.ts';

/** Is called with each message of a subscription. The payload is only lent: copy what outlives the call. */
export type MessageHandler = (subject: string, payload: Uint8Array) => void;

/** A subject or a pattern of subjects that is listened to. */
export interface Subscription {
  /** Ends it: the handler is not called again. */
  unsubscribe(): void;
}

/** What has become of the connection of a channel. */
export type ChannelStatus =
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'reconnected' }
  | { readonly kind: 'closed'; readonly error: EdmeshError | undefined };

/**
 * The one interface between actors and bytes: messages on subjects, through one connection. A subscriber gets the
 * messages of one publisher in the order in which they were published, across subjects. Messages may be lost.
 */
export interface Channel {
  readonly kind: 'memory' | 'nats';
  /** The largest payload that `publish` takes, in bytes. */
  readonly maxPayloadBytes: number;
  /** Sends a message. Never waits, and calls no handler before it returns; the channel owns the bytes from here on. */
  publish(subject: string, payload: Uint8Array): void;
  /** Listens to a subject; `*` stands for one token, `>` for all that follow. A handler may be called in any tick. */
  subscribe(subject: string, handler: MessageHandler): Subscription;
  /** Bytes that were published and are not known to have left for the broker. Callers bound them by `drained`. */
  readonly pendingBytes: number;
  /** Resolves when fewer than this many bytes are pending. */
  drained(belowBytes: number): Promise<void>;
  /** Resolves when all that was published has reached the broker. */
  flush(): Promise<void>;
  /** Is told what becomes of the connection. */
  onStatus(listener: (status: ChannelStatus) => void): void;
  /** Something has been completed: a good time to see whether all that was published is where it should be. Never waits. */
  checkpoint?(): void;
  /** Flushes, then closes. */
  close(): Promise<void>;
}
