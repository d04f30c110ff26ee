import { parseLinkSubject } from '../../transport/index.ts';

/** A process with its endpoints, as a journal has it. */
export interface RecordedProcess {
  readonly process: string;
  readonly endpoints: readonly string[];
}

/** Who is who in a journal, seen from one process. */
export class ReplayRoles {
  readonly #processOf = new Map<string, string>();
  readonly #own: ReadonlySet<string>;
  /** By subject, whether a record of it is about the process. */
  readonly #isAbout = new Map<string, boolean>();

  constructor(process: string, processes: readonly RecordedProcess[]) {
    for (const { process: name, endpoints } of processes) {
      for (const endpoint of endpoints) this.#processOf.set(endpoint, name);
    }
    this.#own = new Set(processes.find((each) => each.process === process)?.endpoints ?? []);
  }

  /** Whether an endpoint is one of the process. */
  isOwn(endpoint: string): boolean {
    return this.#own.has(endpoint);
  }

  /** The process of an endpoint. */
  processOf(endpoint: string): string {
    return this.#processOf.get(endpoint) ?? endpoint;
  }

  /** Whether the process has sent or received what is on a subject. */
  isAbout(subject: string): boolean {
    let isAbout = this.#isAbout.get(subject);
    if (isAbout === undefined) {
      const link = parseLinkSubject(subject);
      isAbout = link !== undefined && (this.isOwn(link.from) || this.isOwn(link.to));
      this.#isAbout.set(subject, isAbout);
    }
    return isAbout;
  }
}
