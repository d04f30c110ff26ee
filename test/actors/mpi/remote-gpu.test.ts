/** A GPU in one process of a job serves another one without: products are equal, and say what has made them. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineGpuProducer,
  defineHostCopy,
  MPIController,
  MPIReceiver,
  MPISender,
  MPISource,
  onGpu,
} from '../../../actors/index.ts';
import { defineAnalyzer, defineProcess, defineProducer } from '../../../edm/index.ts';
import { EmptySource } from '../../../io/index.ts';
import { FaultyBackend } from '../../gpu/faulty-backend.ts';
import { Pair, using } from '../gpu/gpu-toys.ts';
import { runMesh } from './mesh-jobs.ts';

const events = 40;

const Numbers = defineProducer({
  type: 'Numbers',
  description: 'puts two numbers of the event',
  construct(context) {
    const token = context.produces(Pair);
    return {
      produce(event) {
        const pair = event.allocate(Pair, 2);
        pair.v.set([event.event, 0.1]);
        event.put(token, pair);
      },
    };
  },
});

const Scaled = defineGpuProducer({
  type: 'Scaled',
  description: 'puts 3 x + x',
  parameters: z.object({ of: z.string() }),
  construct(context, { of }) {
    const token = context.consumes(Pair, of);
    return {
      outputs: [Pair],
      enqueue(work, event) {
        const from = event.get(token);
        const made = work.allocate(Pair, 2);
        work.write(made.columns.v, from.v);
        work.run('axpy', {
          size: 2,
          a: 3,
          x: work.upload(Pair, from).columns.v,
          y: made.columns.v,
        });
        return [made];
      },
    };
  },
});

const PairCopy = defineHostCopy({ type: 'PairCopy', description: 'copies', products: [Pair] });

/** Says how many events have the products they should have, and what made them. */
const Seen = defineAnalyzer({
  type: 'Seen',
  description: 'compares pairs, and counts what has made them',
  parameters: z.object({ of: z.array(z.string()), onGpu: z.array(z.string()).default([]) }),
  construct(context, { of, onGpu: labels }) {
    const tokens = of.map((label) => context.consumes(Pair, label));
    const places = labels.map((label) => context.consumes(onGpu(Pair), label));
    let right = 0;
    const backends = new Map<string, number>();
    const count = (label: string | undefined, backend: string | undefined) => {
      const key = `${String(label)} by ${backend ?? 'the host'}`;
      backends.set(key, (backends.get(key) ?? 0) + 1);
    };
    return {
      analyze(event) {
        const number = Math.fround(0.1);
        const expected = [4 * event.event, Math.fround(3 * number + number)];
        const all = tokens.map((token) => [...event.get(token).v]);
        if (all.every((each) => String(each) === String(expected))) right++;
        tokens.forEach((token, at) => count(of[at], event.provenance(token).backend));
        places.forEach((token, at) => count(labels[at], event.provenance(token).backend));
      },
      endJob: () => ({ right, backends: Object.fromEntries(backends) }),
    };
  },
});

/** Counts products that the host has made. */
const Plain = defineAnalyzer({
  type: 'Plain',
  description: 'counts products without a backend',
  parameters: z.object({ of: z.string() }),
  construct(context, { of }) {
    const token = context.consumes(Pair, of);
    let plain = 0;
    return {
      analyze(event) {
        if (!('backend' in event.provenance(token))) plain++;
      },
      endJob: () => ({ plain }),
    };
  },
});

const local = defineProcess({
  name: 'LOCAL',
  source: EmptySource({ events }),
  modules: {
    numbers: Numbers(),
    controller: MPIController({ followers: ['REMOTE'] }),
    sender: MPISender({ upstream: 'controller', instance: 1, products: ['numbers'] }),
    receiver: MPIReceiver({
      upstream: 'sender',
      instance: 2,
      products: [
        { type: Pair, label: 'scaled' },
        { type: Pair, label: 'plain' },
      ],
    }),
    scaled: Scaled({ of: 'numbers' }),
    copy: PairCopy({ input: 'scaled' }),
    plain: Plain({ of: 'receiver:plain' }),
    seen: Seen({ of: ['receiver:scaled', 'copy'], onGpu: ['scaled'] }),
  },
  tasks: { copies: ['copy'] },
  paths: { path: ['numbers', 'controller', 'sender', 'receiver', 'scaled', 'plain', 'seen'] },
});

const remote = defineProcess({
  name: 'REMOTE',
  source: MPISource({ controller: 'LOCAL' }),
  modules: {
    receiver: MPIReceiver({ instance: 1, products: [{ type: Pair }] }),
    scaled: Scaled({ of: 'receiver' }),
    copy: PairCopy({ input: 'scaled' }),
    sender: MPISender({
      upstream: 'receiver',
      instance: 2,
      products: ['copy', 'Pair_receiver_*_*'],
    }),
    seen: Seen({ of: ['copy'], onGpu: ['scaled'] }),
  },
  tasks: { copies: ['copy'] },
  paths: { path: ['receiver', 'scaled', 'sender', 'seen'] },
});

it('a remote process with a GPU serves one without', async () => {
  const backend = new FaultyBackend();
  const [own, other] = await runMesh([
    { template: local, options: { streams: 3 } },
    { template: remote, options: { streams: 2, ...using(backend) } },
  ]);
  expect([own?.errors, other?.errors]).toEqual([[], []]);
  expect(own?.modules.seen?.summary).toEqual({
    right: events,
    backends: {
      'receiver:scaled by cpu': events,
      'copy by the host': events,
      'scaled by the host': events,
    },
  });
  expect(other?.modules.seen?.summary).toEqual({
    right: events,
    backends: { 'copy by cpu': events, 'scaled by cpu': events },
  });
  expect(own?.modules.plain?.summary).toEqual({ plain: events });
  expect(own?.transport?.gpuProducts).toEqual({ cpu: events });
  expect(other?.transport?.gpuProducts).toBeUndefined();
  expect([own?.gpu, other?.gpu?.backend]).toEqual([undefined, 'cpu']);
});
