import { defineProducer, RawEvent, sourceLabel, z } from 'edmesh';
import { sensorCount } from '../algorithms/channel-id.ts';
import { createClusterDecoding, type ClusterKind } from '../algorithms/cluster-decoding.ts';
import { RawBankTable, VeloClusters } from '../products.ts';
import type { Allocator } from '../product-views.ts';

/**
 * Makes what turns the raw banks of an event into clusters.
 *
 * @param onAbsent told of the number of sensors without a bank, of events where there are some
 */
export function createClusterStep(kind: ClusterKind, onAbsent?: (sensors: number) => void) {
  const decode = createClusterDecoding(kind);
  return (event: Allocator, raw: RawEvent, banks: RawBankTable): VeloClusters => {
    const { clusters: found, sensors } = decode(raw.bytes, banks);
    if (sensors < sensorCount) onAbsent?.(sensorCount - sensors);
    const clusters = event.allocate(VeloClusters, found.size);
    clusters.channelIds.set(found.channelIds.subarray(0, found.size));
    clusters.columnFractions.set(found.columnFractions.subarray(0, found.size));
    clusters.rowFractions.set(found.rowFractions.subarray(0, found.size));
    return clusters;
  };
}

/** Where the clusters of a job come from. */
export const clusterKinds = ['superpixel', 'retina'] as const;

/**
 * Decodes the VELO banks of an event into clusters. A sensor may be off: its absence is no error, but there is a warning at
 * the first event, and a summary with the number of such `events` and of `absentSensors` in them. No bank at all is
 * `EDMESH_EVENT_CORRUPT`.
 */
export const VeloClusterProducer = defineProducer({
  type: 'VeloClusterProducer',
  description: 'clusters of pixels from the raw banks of the VELO',
  parameters: z.object({
    clustering: z
      .enum(clusterKinds)
      .default('superpixel')
      .describe('superpixel: our own, of bank 63; retina: those of the readout board, bank 73'),
    rawEvent: z.string().default(sourceLabel).describe('label of the raw event'),
    banks: z.string().default('banks').describe('label of the table of its banks'),
  }),
  construct(context, parameters) {
    const rawEvent = context.consumes(RawEvent, parameters.rawEvent);
    const banks = context.consumes(RawBankTable, parameters.banks);
    const clusters = context.produces(VeloClusters);
    const absence = { events: 0, absentSensors: 0 };
    const step = createClusterStep(parameters.clustering, (sensors) => {
      if (absence.events === 0 && !context.warmUp) {
        context.logger.warn(
          `${context.label}: no bank of ${String(sensors)} of the ${String(sensorCount)} sensors; see the summary`,
          { label: context.label, sensors },
        );
      }
      absence.events++;
      absence.absentSensors += sensors;
    });
    return {
      produce(event) {
        event.put(clusters, step(event, event.get(rawEvent), event.get(banks)));
      },
      endJob: () => (absence.events === 0 ? undefined : absence),
    };
  },
});
