import { EdmeshError, formatEventId, type EventId } from '../../edm/index.ts';
import { FrameView, ProductsReader, productsIn, type FrameHeader } from '../../transport/index.ts';
import { firstDifference, type ProductDifference } from './first-difference.ts';
import { inactiveBody } from './kept-frame.ts';
import type { LinkEnd } from './contract.ts';

/** Where a replay differs first from what was sent then. */
export interface ReplayDifference extends EventId, ProductDifference {
  readonly ordinal: number;
  /** The sender, and the instance on which it sends. */
  readonly sender: string;
  readonly instance: number;
  /** The branch of the product, or empty where there is none on one side. */
  readonly branch: string;
}

/** One frame of products, then or now. */
interface Sent extends EventId {
  readonly body: Uint8Array;
}

/** Instances are below this. */
const instances = 0x10000;

/** Compares what a process sends in a replay with what it has sent then, in whatever order the two come. */
export class ReplayComparison {
  /** Products that are equal, and those that are not. */
  equal = 0;
  different = 0;
  /** Events sent to followers that are the same. */
  eventsSent = 0;
  keptBytes = 0;
  #first: ReplayDifference | undefined;
  readonly #then = new Map<number, Sent>();
  readonly #now = new Map<number, Sent>();
  readonly #eventsThen = new Map<number, EventId>();
  readonly #eventsNow = new Map<number, EventId>();
  readonly #excluded = new Set<number>();
  readonly #ends: (instance: number) => LinkEnd | undefined;
  /** The process takes no more events: it ends some without having run them. */
  isStopped = false;

  /** `ends` gives the senders of the process. */
  constructor(ends: (instance: number) => LinkEnd | undefined) {
    this.#ends = ends;
  }

  /** The difference of the event that comes first. */
  get first(): ReplayDifference | undefined {
    return this.#first;
  }

  /** Events about which the journal does not know enough. */
  get excluded(): number {
    return this.#excluded.size;
  }

  /** The journal does not hold all that an event needs: it is not compared. */
  exclude(ordinal: number): void {
    this.#excluded.add(ordinal);
  }

  /** Takes the products of an event that were sent then. */
  then(ordinal: number, instance: number, frame: FrameHeader, body: Uint8Array): void {
    this.#take(this.#then, this.#now, ordinal, instance, frame, body);
  }

  /** Takes the products of an event that are sent now. */
  now(ordinal: number, instance: number, frame: FrameHeader, body: Uint8Array): void {
    this.#take(this.#now, this.#then, ordinal, instance, frame, body);
  }

  /** Takes an event that was sent to a follower then, or is now. */
  eventThen(ordinal: number, frame: FrameHeader): void {
    this.#takeEvent(this.#eventsThen, this.#eventsNow, ordinal, frame);
  }

  eventNow(ordinal: number, frame: FrameHeader): void {
    this.#takeEvent(this.#eventsNow, this.#eventsThen, ordinal, frame);
  }

  /** What has come on one side alone is different, as far as the journal is whole. */
  end(isWhole: boolean): void {
    const missing = (sent: ReadonlyMap<number, Sent>, now: string, then: string): void => {
      for (const [key, { run, lumi, event }] of sent) {
        const [ordinal, instance] = [Math.floor(key / instances), key % instances];
        if (this.#excluded.has(ordinal)) continue;
        this.#differ({ run, lumi, event, ordinal, ...this.#sender(instance), ...whole(now, then) });
      }
    };
    missing(this.#then, 'nothing is sent', 'products were sent');
    if (isWhole) missing(this.#now, 'products are sent', 'nothing was sent');
    const lost = (sent: ReadonlyMap<number, EventId>, now: string, then: string): void => {
      for (const [ordinal, { run, lumi, event }] of sent) {
        if (this.#excluded.has(ordinal)) continue;
        this.#differ({ run, lumi, event, ordinal, ...toFollowers, ...whole(now, then) });
      }
    };
    lost(this.#eventsThen, 'not sent to a follower', 'sent to a follower');
    if (isWhole) lost(this.#eventsNow, 'sent to a follower', 'not sent to a follower');
  }

  #take(
    own: Map<number, Sent>,
    others: Map<number, Sent>,
    ordinal: number,
    instance: number,
    { run, lumi, event }: FrameHeader,
    body: Uint8Array,
  ): void {
    if (this.#excluded.has(ordinal)) return;
    const key = ordinal * instances + instance;
    const other = others.get(key);
    if (other === undefined) {
      own.set(key, { run, lumi, event, body });
      this.keptBytes += body.length;
      return;
    }
    others.delete(key);
    this.keptBytes -= other.body.length;
    const [now, then] = own === this.#now ? [body, other.body] : [other.body, body];
    if (Buffer.compare(now, then) === 0) this.equal += productsIn(now);
    else this.#compare({ run, lumi, event }, ordinal, instance, now, then);
  }

  #takeEvent(
    own: Map<number, EventId>,
    others: Map<number, EventId>,
    ordinal: number,
    { run, lumi, event }: FrameHeader,
  ): void {
    const other = others.get(ordinal);
    if (other === undefined) {
      own.set(ordinal, { run, lumi, event });
      return;
    }
    others.delete(ordinal);
    const [now, then] =
      own === this.#eventsNow ? [{ run, lumi, event }, other] : [other, { run, lumi, event }];
    const [nowId, thenId] = [formatEventId(now), formatEventId(then)];
    if (nowId === thenId) this.eventsSent++;
    else this.#differ({ ...then, ordinal, ...toFollowers, ...whole(nowId, thenId) });
  }

  #compare(
    id: EventId,
    ordinal: number,
    instance: number,
    now: Uint8Array,
    then: Uint8Array,
  ): void {
    if (this.isStopped && isInactive(now)) {
      this.#excluded.add(ordinal);
      return;
    }
    const at = { ...id, ordinal, ...this.#sender(instance) };
    if (isInactive(now) || isInactive(then)) {
      const said = (body: Uint8Array): string =>
        isInactive(body) ? 'nothing: its path is not active' : 'products';
      this.#differ({ ...at, ...whole(said(now), said(then)) });
      return;
    }
    const products = this.#ends(instance)?.products ?? [];
    const [here, there] = [this.#read(products, now), this.#read(products, then)];
    if (here instanceof EdmeshError || there instanceof EdmeshError) {
      const said = (side: unknown): string =>
        side instanceof EdmeshError ? side.message : 'readable products';
      this.#differ({ ...at, ...whole(said(here), said(there)) });
      return;
    }
    products.forEach(({ branch, type }, index) => {
      const found = firstDifference(type, here[index], there[index]);
      if (found !== undefined) this.#differ({ ...at, branch, ...found });
      else if (here[index] !== undefined) this.equal++;
    });
  }

  #read(products: LinkEnd['products'], body: Uint8Array): readonly unknown[] | EdmeshError {
    const frame = new FrameView();
    frame.bytes = body;
    frame.view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    frame.bodyEnd = body.length;
    const values: unknown[] = [];
    try {
      new ProductsReader(products, 'the journal', (bytes) => new ArrayBuffer(bytes)).read(
        frame,
        values,
      );
      return values;
    } catch (thrown) {
      if (thrown instanceof EdmeshError) return thrown;
      throw thrown;
    }
  }

  #sender(instance: number): Pick<ReplayDifference, 'sender' | 'instance' | 'branch'> {
    return { sender: this.#ends(instance)?.label ?? '', instance, branch: '' };
  }

  #differ(difference: ReplayDifference): void {
    this.different++;
    const first = this.#first;
    const comesFirst =
      first === undefined ||
      difference.ordinal < first.ordinal ||
      (difference.ordinal === first.ordinal && difference.instance < first.instance);
    if (comesFirst) this.#first = difference;
  }
}

const toFollowers = { sender: '', instance: 0, branch: '' };

function whole(now: string, then: string): ProductDifference {
  return { column: '', index: undefined, now, then };
}

function isInactive(body: Uint8Array): boolean {
  return Buffer.compare(body, inactiveBody) === 0;
}
