import { withContext, type EdmeshError } from '../../edm/index.ts';
import type { ConnectedLane, LaneConnection } from './lane-connection.ts';

/** The connection of one lane over the life of the lane: it is told everything once. */
export class ConnectionLife {
  readonly connection: LaneConnection;
  readonly #stopping = new AbortController();
  readonly #survived: (error: EdmeshError) => void;
  #hasFailed = false;
  #closed: Promise<void> | undefined;

  /** `survived` takes what the connection throws where nothing can be done about it. */
  constructor(connection: LaneConnection, survived: (error: EdmeshError) => void) {
    this.connection = connection;
    this.#survived = survived;
  }

  /** Opens the connection. Rejects with what it rejects with. */
  async open(lane: Omit<ConnectedLane, 'stopping'>): Promise<void> {
    try {
      await this.connection.open({ ...lane, stopping: this.#stopping.signal });
    } catch (error) {
      throw withContext(error, 'connection');
    }
  }

  /** The job is to take no more events. */
  stop(): void {
    this.#stopping.abort();
  }

  /** The job has failed; only the first error is told. */
  failed(error: EdmeshError): void {
    if (this.#hasFailed || this.#closed !== undefined) return;
    this.#hasFailed = true;
    try {
      this.connection.failed(error);
    } catch (thrown) {
      this.#survived(withContext(thrown, 'connection', 'failed'));
    }
  }

  /** Closes the connection, once. Rejects with what it rejects with. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await this.connection.close();
    } catch (error) {
      throw withContext(error, 'connection', 'close');
    }
  }
}
