import type { MessagePort } from 'node:worker_threads';
import type { AnyActorRef } from 'xstate';
import { errorFromData, type EdmeshError, type ErrorData } from '../../edm/index.ts';
import type { TrafficCounts } from '../../transport/index.ts';
import type { LumiInfo, RunInfo } from '../source/blocks.ts';
import type { ClaimRules, LaneHandle, LaneReports, LaneResult, LaneTraits } from './lane-handle.ts';
import { receiveReport, type CallMessage, type LaneCall, type LaneWire } from './lane-wire.ts';
import type { EventBatch } from '../source/event-batch.ts';
import type { PackedProducts } from './packed-products.ts';
import type { SetupData } from '../event-setup/setup-data.ts';

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: EdmeshError) => void;
}

/** A lane in another thread: every call is a message over its port. */
export class RemoteLane implements LaneHandle {
  readonly index: number;
  readonly actor: AnyActorRef;
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #lost: EdmeshError | undefined;

  constructor(index: number, actor: AnyActorRef, port: MessagePort, reports: LaneReports) {
    this.index = index;
    this.actor = actor;
    this.#port = port;
    port.on('message', (message: LaneWire) => {
      this.#receive(message, reports);
    });
  }

  /** The thread has died: whoever waits for an answer gets this error. */
  lost(error: EdmeshError): void {
    this.#lost = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#port.close();
  }

  construct(): Promise<LaneTraits> {
    return this.#ask('construct');
  }
  open(rules: ClaimRules): Promise<void> {
    return this.#askWith(rules.peers, 'open', rules);
  }
  beginJob(): Promise<void> {
    return this.#ask('beginJob');
  }
  start(): void {
    this.#tell('start');
  }
  beginRun(info: RunInfo, setup: SetupData, products: PackedProducts): Promise<PackedProducts> {
    return this.#ask('beginRun', info, setup, products);
  }
  beginLumi(info: LumiInfo, setup: SetupData, products: PackedProducts): Promise<PackedProducts> {
    return this.#ask('beginLumi', info, setup, products);
  }
  endLumi(info: LumiInfo, partials: readonly PackedProducts[]): Promise<void> {
    return this.#ask('endLumi', info, partials);
  }
  endRun(info: RunInfo, partials: readonly PackedProducts[]): Promise<void> {
    return this.#ask('endRun', info, partials);
  }
  forgetLumi(info: LumiInfo): void {
    this.#tell('forgetLumi', info);
  }
  forgetRun(info: RunInfo): void {
    this.#tell('forgetRun', info);
  }
  lumiClosed(number: number, run: number): void {
    this.#tell('lumiClosed', number, run);
  }
  batch(batch: EventBatch | null): void {
    this.#tell('batch', batch);
  }
  stop(): void {
    this.#tell('stop');
  }
  cancel(): void {
    this.#tell('cancel');
  }
  endStreams(): Promise<void> {
    return this.#ask('endStreams');
  }
  endJob(): Promise<void> {
    return this.#ask('endJob');
  }
  result(): Promise<LaneResult> {
    return this.#ask('result');
  }

  jobFailed(error: ErrorData): void {
    this.#tell('jobFailed', error);
  }
  disconnect(): Promise<TrafficCounts | undefined> {
    return this.#ask('disconnect');
  }

  close(): void {
    this.#tell('close');
    this.#port.close();
  }

  /** The event loop of this thread runs dry only when no other thread is left. */
  abandon(): boolean {
    return false;
  }

  #tell(call: LaneCall, ...args: readonly unknown[]): void {
    if (this.#lost !== undefined) return;
    const message: CallMessage = { kind: 'call', id: -1, call, args };
    this.#port.postMessage(message);
  }

  #ask<T>(call: LaneCall, ...args: readonly unknown[]): Promise<T> {
    return this.#askWith([], call, ...args);
  }

  #askWith<T>(
    ports: readonly MessagePort[],
    call: LaneCall,
    ...args: readonly unknown[]
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(this.#lost);
        return;
      }
      const id = this.#nextId++;
      this.#pending.set(id, { resolve: resolve, reject });
      const message: CallMessage = { kind: 'call', id, call, args };
      this.#port.postMessage(message, ports);
    });
  }

  #receive(message: LaneWire, reports: LaneReports): void {
    if (message.kind === 'report') {
      receiveReport(message.report, reports);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === 'answer') pending?.resolve(message.value as never);
    else pending?.reject(errorFromData(message.error));
  }
}
