import type { EdmeshError } from '../../edm/index.ts';
import type { Timer } from '../environment.ts';
import type { ConnectedLane } from '../lane/lane-connection.ts';
import type { ControllerPort } from './controller-port.ts';
import type { Link } from './link.ts';
import { notJoined, stoppedEarly } from './mesh-errors.ts';
import type { MeshParts } from './mesh-options.ts';
import type { Partners } from './partners.ts';
import type { SourcePort } from './source-port.ts';

/** What a wait for partners looks at. */
export interface JoinWaitParts {
  readonly mesh: MeshParts;
  readonly controllers: readonly ControllerPort[];
  readonly source: () => SourcePort | undefined;
  readonly partners: Partners;
  /** The links that have been made, by endpoint. */
  readonly links: ReadonlyMap<string, Link>;
  /** Takes the error of a wait that took too long. */
  readonly fail: (error: EdmeshError) => void;
}

/** The wait of a lane for the followers of its controllers, and for the controller of its source, with all their lanes. */
export class JoinWait {
  readonly #parts: JoinWaitParts;
  #timer: Timer | undefined;
  #joined: () => void = () => undefined;
  /** Gives up on the wait for followers. */
  refuse: (error: unknown) => void = () => undefined;

  constructor(parts: JoinWaitParts) {
    this.#parts = parts;
  }

  /** Begins to wait. Resolves when every follower has offered its slots; for the controller, events wait by themselves. */
  async followers({ environment, stopping }: ConnectedLane): Promise<void> {
    const { mesh, controllers, fail } = this.#parts;
    this.#timer = environment.after(mesh.joinTimeoutMs, () => {
      fail(notJoined(mesh.job, this.missing, mesh.joinTimeoutMs));
    });
    if (controllers.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.#joined = resolve;
      this.refuse = reject;
      const stopped = (): void => {
        reject(stoppedEarly());
      };
      if (stopping.aborted) stopped();
      else stopping.addEventListener('abort', stopped);
    });
  }

  /** Somebody has joined. */
  look(): void {
    if (this.#missingFollowers.length === 0) this.#joined();
    if (this.missing.length === 0) this.stop();
  }

  /** Nobody is waited for any more. */
  stop(): void {
    this.#timer?.cancel();
  }

  /** Names of the processes that have not joined, or not with all of their lanes. */
  get missing(): string[] {
    const controller = this.#parts.source()?.controller;
    const ofSource = controller === undefined || this.#hasJoined(controller) ? [] : [controller];
    return [...this.#missingFollowers, ...ofSource];
  }

  get #missingFollowers(): string[] {
    return this.#parts.controllers.flatMap(({ followers }) =>
      followers.filter((process) => !this.#hasJoined(process)),
    );
  }

  #hasJoined(process: string): boolean {
    const { links, partners } = this.#parts;
    const joined = [...links.values()].filter(
      ({ partnerProcess, actor }) =>
        partnerProcess === process && actor.getSnapshot().value !== 'joining',
    );
    return joined.length === partners.lanesOf(process);
  }
}
