import { MessageChannel, Worker } from 'node:worker_threads';
import { EdmeshError } from '../../edm/index.ts';
import type { LaneHost, LaneStart } from './lane-host.ts';
import type { ConfigModule, LaneOrder } from './lane-wire.ts';
import { RemoteLane } from './remote-lane.ts';

/** How threads for lanes are started. */
export interface WorkerLanesOptions {
  /** The program of a thread: it takes {@link LaneOrder}s. */
  readonly entry: URL;
  /**
   * Threads of that program, of the first lanes, that have been started already: the framework and the config are loaded
   * while they get ready.
   */
  readonly started: readonly Worker[];
}

interface LaneWorker {
  readonly worker: Worker;
  /** Told when the thread dies. */
  onDeath: ((reason: string) => void) | undefined;
  /** Why it has died, if it has. */
  death: string | undefined;
}

/** Lanes in worker threads. The threads are kept from one job to the next until the host is closed. */
export class WorkerLanes implements LaneHost {
  readonly threads = true;
  readonly #options: WorkerLanesOptions;
  readonly #workers: LaneWorker[] = [];
  #config: ConfigModule | undefined;

  constructor(options: WorkerLanesOptions) {
    this.#options = options;
    for (const [index, worker] of options.started.entries()) this.#adopt(index, worker);
  }

  /** Says what the jobs to come are made of. */
  use(config: ConfigModule): void {
    this.#config = config;
  }

  start(lane: LaneStart, lost: (reason: string) => void): RemoteLane {
    const { place, definition, options, warmUp, boardMemory, reports, actor } = lane;
    if (this.#config === undefined || !(boardMemory instanceof SharedArrayBuffer)) {
      throw new EdmeshError('EDMESH_INTERNAL', 'lanes are started before there is a config');
    }
    const { port1: near, port2: far } = new MessageChannel();
    const order: LaneOrder = {
      kind: 'lane',
      place,
      config: this.#config,
      data: definition.data,
      options: { digest: options.digest, timing: options.timing },
      ...(options.mesh === undefined ? {} : { mesh: { thread: options.mesh.thread } }),
      ...(options.gpu === undefined ? {} : { gpu: { thread: options.gpu.thread } }),
      warmUp,
      boardMemory,
    };
    const handle = new RemoteLane(place.index, actor, near, reports);
    const worker = this.#workerOf(place.index);
    worker.onDeath = (reason) => {
      handle.lost(
        new EdmeshError('EDMESH_LANE_LOST', `lane ${String(place.index)} is lost: ${reason}`),
      );
      lost(reason);
    };
    worker.worker.postMessage({ order, port: far }, [far]);
    // A thread may have died between two jobs, or before the first one.
    const { death } = worker;
    if (death !== undefined) lane.environment.defer(() => worker.onDeath?.(death));
    return handle;
  }

  /** Ends every thread; resolves when none is left. */
  async close(): Promise<void> {
    const workers = this.#workers.splice(0);
    for (const worker of workers) worker.onDeath = undefined;
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  }

  #workerOf(index: number): LaneWorker {
    const known = this.#workers[index];
    if (known !== undefined) return known;
    return this.#adopt(index, new Worker(this.#options.entry, { name: `lane${String(index)}` }));
  }

  #adopt(index: number, worker: Worker): LaneWorker {
    const entry: LaneWorker = { worker, onDeath: undefined, death: undefined };
    if (worker.threadId === -1) entry.death = 'its thread ended before there was a job';
    let reason: string | undefined;
    worker.on('error', (error: unknown) => {
      reason = deathReason(error);
    });
    worker.on('exit', (code) => {
      entry.death = reason ?? `its thread ended with status ${String(code)}`;
      entry.onDeath?.(entry.death);
    });
    this.#workers[index] = entry;
    return entry;
  }
}

function deathReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it ran out of memory' : error.message;
}
