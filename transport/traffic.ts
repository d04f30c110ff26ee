/** What has gone over links, both ways: frames, and the bytes of the packets that held them. */
export interface TrafficCounts {
  readonly framesSent: number;
  readonly framesReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Products received that a GPU backend elsewhere has made, by its name; absent where there were none. */
  readonly gpuProducts?: Readonly<Record<string, number>>;
}

/** Counts what goes over the links of one endpoint: its outboxes and inboxes share one. */
export class Traffic implements TrafficCounts {
  framesSent = 0;
  framesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  gpuProducts?: Record<string, number>;

  /** Counts products that a backend elsewhere has made. */
  countBackend(backend: string, products = 1): void {
    this.gpuProducts ??= {};
    this.gpuProducts[backend] = (this.gpuProducts[backend] ?? 0) + products;
  }
}

/** The traffic of several endpoints together. */
export function addTraffic(all: readonly TrafficCounts[]): TrafficCounts {
  const sum = new Traffic();
  for (const { framesSent, framesReceived, bytesSent, bytesReceived, gpuProducts } of all) {
    sum.framesSent += framesSent;
    sum.framesReceived += framesReceived;
    sum.bytesSent += bytesSent;
    sum.bytesReceived += bytesReceived;
    for (const [backend, products] of Object.entries(gpuProducts ?? {})) {
      sum.countBackend(backend, products);
    }
  }
  return sum;
}
