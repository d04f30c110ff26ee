/** What has gone over links, both ways: frames, and the bytes of the packets that held them. */
export interface TrafficCounts {
  readonly framesSent: number;
  readonly framesReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** Counts what goes over the links of one endpoint: its outboxes and inboxes share one. */
export class Traffic implements TrafficCounts {
  framesSent = 0;
  framesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
}

/** The traffic of several endpoints together. */
export function addTraffic(all: readonly TrafficCounts[]): TrafficCounts {
  const sum = new Traffic();
  for (const { framesSent, framesReceived, bytesSent, bytesReceived } of all) {
    sum.framesSent += framesSent;
    sum.framesReceived += framesReceived;
    sum.bytesSent += bytesSent;
    sum.bytesReceived += bytesReceived;
  }
  return sum;
}
