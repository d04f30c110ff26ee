import { EdmeshError } from '../../edm/index.ts';
import type { Environment, Timer } from '../environment.ts';
import type { Link } from './link.ts';

/** What a watch over links works with. */
export interface LinkWatchParts {
  readonly environment: Environment;
  readonly heartbeatMs: number;
  readonly peerTimeoutMs: number;
  readonly links: () => readonly Link[];
  /** Sends a heartbeat. */
  readonly beat: () => void;
  readonly lost: (error: EdmeshError) => void;
}

/** Sends heartbeats, and notices a partner whose heartbeats have stopped. */
export class LinkWatch {
  readonly #parts: LinkWatchParts;
  #timer: Timer | undefined;
  #dueMs = 0;

  constructor(parts: LinkWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    const { environment, heartbeatMs } = this.#parts;
    this.#dueMs = environment.now() + heartbeatMs;
    this.#timer = environment.after(heartbeatMs, () => {
      this.#tick();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A partner has given a sign of life. */
  heard(link: Link): void {
    link.heardMs = this.#parts.environment.now();
    link.tell({ type: 'HEARD' });
  }

  #tick(): void {
    const { environment, heartbeatMs, peerTimeoutMs, links, beat, lost } = this.#parts;
    const now = environment.now();
    // This thread was busy for long: heartbeats may have come that it has not looked at yet.
    const wasBusy = now - this.#dueMs > heartbeatMs;
    for (const link of links()) {
      if (!link.isActive) continue;
      if (wasBusy) link.heardMs = now;
      const silentMs = now - link.heardMs;
      if (silentMs > 1.5 * heartbeatMs) link.tell({ type: 'SILENT' });
      if (silentMs < peerTimeoutMs) continue;
      link.tell({ type: 'LOST' });
      lost(silent(link, silentMs));
    }
    beat();
    if (this.#timer !== undefined) this.start();
  }
}

function silent({ partner, partnerProcess }: Link, silentMs: number): EdmeshError {
  return new EdmeshError(
    'EDMESH_PEER_LOST',
    `${partner} has been silent for ${String(Math.round(silentMs))} ms: its process is dead, cut off or too busy`,
    { fields: { process: partnerProcess, endpoint: partner } },
  );
}
