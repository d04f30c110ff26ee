import type { MessagePort } from 'node:worker_threads';
import { EdmeshError, errorFromData, errorToData, type ErrorData } from '../../edm/index.ts';
import { notSent } from './lane-wire.ts';
import type { LumiInfo, RunInfo } from '../source/blocks.ts';
import type { PackedProducts } from './packed-products.ts';

/** A `one` module is to work on an event of another lane. */
export interface OneRequest {
  readonly kind: 'one';
  readonly node: number;
  readonly run: number;
  readonly lumi: number;
  readonly event: number;
  readonly timeUs: number;
  readonly ordinal: number;
  readonly attempt: number;
  readonly block: LumiInfo;
  readonly products: PackedProducts;
}

/** What became of a {@link OneRequest}: the state code of the module, and what it put or what went wrong. */
export interface OneAnswer {
  readonly state: number;
  readonly error: ErrorData | null;
  readonly products: PackedProducts;
}

/** A `global` module is to end a block in its lane, too: it sees the products of all lanes so far. */
export type HookRequest = {
  readonly kind: 'hook';
  readonly node: number;
  readonly products: PackedProducts;
} & (
  | { readonly name: 'endLumi'; readonly info: LumiInfo }
  | { readonly name: 'endRun'; readonly info: RunInfo }
);

/** What lanes ask each other. */
export type PeerRequest = OneRequest | HookRequest;

/** What an answer to a request holds. */
export type PeerAnswer<R extends PeerRequest> = R extends OneRequest ? OneAnswer : PackedProducts;

type Wire =
  | { readonly kind: 'request'; readonly id: number; readonly request: PeerRequest }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: PeerAnswer<PeerRequest> }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: ErrorData };

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: EdmeshError) => void;
}

/** Answers what another lane asks. */
export type AnswerPeer = (request: PeerRequest) => Promise<PeerAnswer<PeerRequest>>;

/** The connection of two lanes. */
export class PeerLink {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #closed = false;

  /** The port keeps the thread alive only while an answer is under way. */
  constructor(port: MessagePort, answer: AnswerPeer) {
    this.#port = port;
    port.on('message', (message: Wire) => {
      this.#receive(message, answer);
    });
    port.on('close', () => {
      this.#closed = true;
      for (const { reject } of this.#pending.values()) reject(peerLost());
      this.#pending.clear();
    });
    port.unref();
  }

  /** Asks the other lane. Rejects with what went wrong there, and with `EDMESH_LANE_LOST` when it dies. */
  ask<R extends PeerRequest>(request: R): Promise<PeerAnswer<R>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(peerLost());
        return;
      }
      const id = this.#nextId++;
      const message: Wire = { kind: 'request', id, request };
      try {
        this.#port.postMessage(message);
        this.#pending.set(id, { resolve, reject });
        this.#port.ref();
      } catch (error) {
        reject(notSent(error));
      }
    });
  }

  close(): void {
    this.#port.close();
  }

  #receive(message: Wire, answer: AnswerPeer): void {
    if (message.kind === 'request') {
      const { id, request } = message;
      answer(request)
        .then((given) => {
          this.#send({ kind: 'answer', id, answer: given });
        })
        .catch((error: unknown) => {
          this.#send({ kind: 'refusal', id, error: errorToData(notSent(error)) });
        });
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (this.#pending.size === 0) this.#port.unref();
    if (message.kind === 'answer') pending?.resolve(message.answer as never);
    else pending?.reject(errorFromData(message.error));
  }

  #send(message: Wire): void {
    if (!this.#closed) this.#port.postMessage(message);
  }
}

function peerLost(): EdmeshError {
  return new EdmeshError('EDMESH_LANE_LOST', 'the lane that should have answered is lost');
}
