import { EdmeshError } from '../../edm/index.ts';
import type { ConnectedLane } from '../lane-connection.ts';
import type { ControllerPort } from './controller-port.ts';
import type { Hello } from './hello.ts';
import type { Link } from './link.ts';
import { notJoined } from './mesh-errors.ts';
import type { MeshParts } from './mesh-options.ts';

/** What a wait for followers looks at. */
export interface JoinWaitParts {
  readonly mesh: MeshParts;
  readonly controllers: readonly ControllerPort[];
  /** Who has been heard of, and the links that have been made, by endpoint. */
  readonly known: ReadonlyMap<string, Hello>;
  readonly links: ReadonlyMap<string, Link>;
}

/** The wait of a lane for the followers of its controllers, with all their lanes. */
export class JoinWait {
  readonly #parts: JoinWaitParts;
  #joined: () => void = () => undefined;
  /** Gives up on the wait. */
  refuse: (error: unknown) => void = () => undefined;

  constructor(parts: JoinWaitParts) {
    this.#parts = parts;
  }

  /** Resolves when every follower has offered its slots. */
  async all({ environment, stopping }: ConnectedLane): Promise<void> {
    const { mesh } = this.#parts;
    const timer = environment.after(mesh.joinTimeoutMs, () => {
      this.refuse(notJoined(mesh.job, this.#missing(), mesh.joinTimeoutMs));
    });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#joined = resolve;
        this.refuse = reject;
        stopping.addEventListener('abort', () => {
          reject(new EdmeshError('EDMESH_INTERRUPTED', 'stopped before the followers had joined'));
        });
      });
    } finally {
      timer.cancel();
    }
  }

  /** A follower has offered its slots. */
  look(): void {
    if (this.#missing().length === 0) this.#joined();
  }

  #missing(): string[] {
    return this.#parts.controllers.flatMap(({ followers }) =>
      followers.filter((process) => !this.#hasJoined(process)),
    );
  }

  #hasJoined(process: string): boolean {
    const { links, known } = this.#parts;
    const lanes = [...known.values()].find((hello) => hello.process === process)?.lanes;
    const ready = [...links.values()].filter(
      ({ partnerProcess, actor }) =>
        partnerProcess === process && actor.getSnapshot().value === 'ready',
    );
    return lanes !== undefined && ready.length === lanes;
  }
}
