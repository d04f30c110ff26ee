/** Lets one EDM stream at a time into the external work of a `one` module; the others queue up. */
export class OneGate {
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  /** Enters, or queues a callback that is called when the caller has been let in. */
  enter(admitted: () => void): boolean {
    if (!this.#busy) {
      this.#busy = true;
      return true;
    }
    this.#waiting.push(admitted);
    return false;
  }

  /** Leaves; the one that has waited longest is let in. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy = false;
    else next();
  }
}
