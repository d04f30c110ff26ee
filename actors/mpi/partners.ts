import { isEndpoint } from '../../transport/index.ts';
import type { Hello } from './hello.ts';

/** What a hello says to who hears it. */
export type Heard =
  /** It concerns others, or does not agree with itself. */
  | 'stranger'
  /** This process is in the job twice. */
  | 'twin'
  /** A partner that was not known. */
  | 'new'
  | 'known'
  /** A process with the name of a partner, but not the one that is known. */
  | 'impostor';

/** What partners are known by. */
export interface PartnersParts {
  /** This process, and which start of it this is. */
  readonly process: string;
  readonly session: string;
  /** Whether this process controls or follows the one of this name. */
  readonly isPartner: (process: string) => boolean;
}

/** The endpoints of partners that have been heard of: at most the lanes of each process that is declared. */
export class Partners {
  readonly #parts: PartnersParts;
  /** By endpoint. */
  readonly #known = new Map<string, Hello>();
  /** The first hello of each process. */
  readonly #processes = new Map<string, Hello>();

  constructor(parts: PartnersParts) {
    this.#parts = parts;
  }

  /** Takes note of who says hello; one that has failed is not kept. */
  hear(hello: Hello): Heard {
    const { process, session, isPartner } = this.#parts;
    const { endpoint, lane, lanes } = hello;
    if (!isEndpoint(endpoint, hello.process, lane, lanes)) return 'stranger';
    if (hello.process === process) return hello.session === session ? 'stranger' : 'twin';
    if (!isPartner(hello.process)) return 'stranger';
    const first = this.#processes.get(hello.process);
    if (first !== undefined) {
      if (first.session !== hello.session || first.lanes !== lanes) return 'impostor';
      if (this.#known.has(endpoint)) return 'known';
    }
    if (hello.failure !== null) return 'known';
    if (first === undefined) this.#processes.set(hello.process, hello);
    this.#known.set(endpoint, hello);
    return 'new';
  }

  /** Whether an endpoint is one of a process that has been heard of. */
  isOf(endpoint: string, process: string): boolean {
    return this.#known.get(endpoint)?.process === process;
  }

  /** The lanes of a process, once it has been heard of. */
  lanesOf(process: string): number | undefined {
    return this.#processes.get(process)?.lanes;
  }
}
