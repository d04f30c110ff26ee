/** Lets one transition of a lane follow the other. */
export class TransitionQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Starts a transition when those before it are over, however they ended. Settles as the transition does. */
  inTurn<T>(transition: () => Promise<T>): Promise<T> {
    const done = this.#last.then(transition);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
