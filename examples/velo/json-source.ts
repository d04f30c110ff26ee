import { defineFolderSource, type SourceContext, type SourceEvent } from 'edmesh';
import { parseVeloJson, type VeloJsonEvent } from './algorithms/velo-json.ts';
import { McParticleHits, McParticleOffsets, McParticles, VeloPoints } from './products.ts';

/** Reads a folder of VELO events in JSON, one a file: hits in space and true particles. */
export const VeloJsonSource = defineFolderSource<VeloJsonEvent>({
  type: 'VeloJsonSource',
  description: 'hits of the VELO and true particles from a folder of JSON files, one an event',
  suffix: '.json',
  decode: (bytes, file) => parseVeloJson(new TextDecoder().decode(bytes), file),
  construct,
});

function construct(context: SourceContext) {
  const points = context.produces(VeloPoints);
  const particles = context.produces(McParticles);
  const offsets = context.produces(McParticleOffsets);
  const particleHits = context.produces(McParticleHits);
  return (event: SourceEvent, decoded: VeloJsonEvent): void => {
    event.put(points, pointsOf(event, decoded));
    const truth = particlesOf(event, decoded);
    event.put(particles, truth.particles);
    event.put(offsets, truth.offsets);
    event.put(particleHits, truth.hits);
  };
}

function pointsOf(event: SourceEvent, { hits }: VeloJsonEvent): VeloPoints {
  const { x, y, z, moduleStart } = hits;
  const points = event.allocate(VeloPoints, x.length);
  points.x.set(x);
  points.y.set(y);
  points.z.set(z);
  for (let module = 0; module + 1 < moduleStart.length; module++) {
    points.module.fill(module, moduleStart[module], moduleStart[module + 1]);
  }
  return points;
}

function particlesOf(event: SourceEvent, { particles: from }: VeloJsonEvent) {
  const particles = event.allocate(McParticles, from.size);
  particles.key.set(from.key);
  particles.pid.set(from.pid);
  particles.p.set(from.p);
  particles.pt.set(from.pt);
  particles.eta.set(from.eta);
  particles.phi.set(from.phi);
  particles.originZ.set(from.originZ);
  particles.charge.set(from.charge);
  particles.isLong.set(from.isLong);
  particles.hasVelo.set(from.hasVelo);
  const offsets = event.allocate(McParticleOffsets, from.hitStart.length);
  offsets.start.set(from.hitStart);
  const hits = event.allocate(McParticleHits, from.hitIds.length);
  hits.id.set(from.hitIds);
  return { particles, offsets, hits };
}
