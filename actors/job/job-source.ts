import { waitFor, type AnyActorRef } from 'xstate';
import type { SourceInstance, SourceReader } from '../../edm/index.ts';
import { openSource, type SourceActor } from '../source/open-source.ts';

/** The source of a job, as its process holds it open. */
export class JobSource {
  #actor: SourceActor | undefined;

  /** Opens the source below the actor of the process. Rejects with what it throws. */
  async open(
    parent: AnyActorRef,
    instance: SourceInstance,
    closeFailed: (error: unknown) => void,
  ): Promise<SourceReader> {
    const opened = await openSource(parent, instance, closeFailed);
    this.#actor = opened.actor;
    return opened.reader;
  }

  /** The job has come to another luminosity block. */
  at(run: number, lumi: number): void {
    this.#actor?.send({ type: 'AT', run, lumi });
  }

  /** Closes the source, where it is open. */
  async close(): Promise<void> {
    if (this.#actor === undefined) return;
    const closed = waitFor(this.#actor, ({ status }) => status !== 'active', {
      timeout: Number.POSITIVE_INFINITY,
    });
    this.#actor.send({ type: 'CLOSE' });
    await closed;
  }
}
