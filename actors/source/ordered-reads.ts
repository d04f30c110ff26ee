import { EdmeshError, type EventPrincipal, type SourceEvent } from '../../edm/index.ts';
import type { Claims, ClaimSettled } from './claims.ts';
import type { Environment, Timer } from '../environment.ts';

/** What reads are made of. */
export interface OrderedReadsParts {
  /** Claims on a sequential source, in this thread. */
  readonly claims: Claims;
  readonly environment: Environment;
  /** How long the source may take over one event, in milliseconds; 0: as long as it likes. */
  readonly timeoutMs: number;
  /** Takes one event after the other. */
  readonly principal: EventPrincipal;
  readonly event: SourceEvent;
}

/** What came of asking for an event. `late`: the source takes its time; its answer is kept for who asks next. */
export type ReadOutcome = Parameters<ClaimSettled>[0] | 'late';

/** Asks a sequential source for one event after the other, and waits for an answer only as long as it is told to. */
export class OrderedReads {
  readonly #parts: OrderedReadsParts;
  #outcome: Exclude<ReadOutcome, 'late'> | undefined;
  #asked = false;
  #askedMs = 0;
  #isPatient = true;
  #turnIsOver = true;
  #answer: ((outcome: ReadOutcome) => void) | undefined;
  #timer: Timer | undefined;

  constructor(parts: OrderedReadsParts) {
    this.#parts = parts;
    this.#watch();
  }

  /** Asks for the next event. Whoever is not patient waits no longer than until other work has had its turn. */
  next(isPatient: boolean): Promise<ReadOutcome> {
    this.#isPatient = isPatient;
    return new Promise((resolve) => {
      this.#answer = resolve;
      if (!this.#asked) this.#ask();
      if (this.#outcome !== undefined) this.#give();
      else if (!isPatient && this.#turnIsOver) this.#waitForTurn();
    });
  }

  /** Gives up on a source that does not answer; `true` where it has been asked. */
  abandon(error: unknown): boolean {
    return this.#parts.claims.abandon(error);
  }

  /** Nobody asks any more: who waits is told so. */
  stop(): void {
    this.#timer?.cancel();
    this.#parts.claims.stop();
  }

  #ask(): void {
    const { claims, environment, principal, event } = this.#parts;
    this.#asked = true;
    this.#askedMs = environment.now();
    principal.clear();
    const claim = claims.claim(principal, event, (outcome) => {
      this.#outcome = outcome;
      this.#give();
    });
    if (claim !== 'reading') this.#outcome = claim;
  }

  #give(): void {
    const [outcome, answer] = [this.#outcome, this.#answer];
    if (outcome === undefined || answer === undefined) return;
    this.#outcome = undefined;
    this.#answer = undefined;
    this.#asked = false;
    if (outcome === 'exhausted') this.#timer?.cancel();
    answer(outcome);
  }

  #waitForTurn(): void {
    this.#turnIsOver = false;
    this.#parts.environment.defer(() => {
      this.#turnIsOver = true;
      const answer = this.#answer;
      if (answer === undefined || this.#isPatient) return;
      this.#answer = undefined;
      answer('late');
    });
  }

  /** Gives up on a source that takes too long over an event. */
  #watch(): void {
    const { environment, timeoutMs, claims } = this.#parts;
    if (timeoutMs === 0 || !claims.mustAnswer) return;
    this.#timer = environment.after(Math.min(1000, Math.max(1, timeoutMs / 4)), () => {
      this.#watch();
      const waits = this.#answer !== undefined && this.#outcome === undefined;
      if (!waits || environment.now() - this.#askedMs <= timeoutMs) return;
      const message = `an event waits longer than ${String(timeoutMs)} ms, held by source`;
      const fields = { labels: ['source'], timeoutMs };
      this.abandon(new EdmeshError('EDMESH_EVENT_TIMEOUT', message, { fields }));
    });
  }
}
