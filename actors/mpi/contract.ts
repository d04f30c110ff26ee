import { z } from 'zod';
import type { ProductType } from '../../edm/index.ts';

/** A product as a sender or receiver declares it. */
export interface AgreedProduct {
  /** How messages name it. */
  readonly branch: string;
  readonly type: ProductType;
}

/** One sender or receiver of a link as this process declares it. */
export interface LinkEnd {
  readonly label: string;
  readonly direction: 'send' | 'receive';
  /** 1 to 65,535: matches a sender of one process with a receiver of the other. */
  readonly instance: number;
  readonly products: readonly AgreedProduct[];
}

const contractEnd = z.object({
  label: z.string(),
  direction: z.enum(['send', 'receive']),
  instance: z.int().min(1).max(0xffff),
  products: z.array(z.object({ branch: z.string(), type: z.string(), layoutHash: z.string() })),
});

/** What both processes of a link compare before the first event: plain data. */
export const contractSchema = z.array(contractEnd);

/** What one process declares of a link. */
export type Contract = z.infer<typeof contractSchema>;

/** The contract of one side, in order of instance. */
export function contractOf(ends: readonly LinkEnd[]): Contract {
  return ends
    .map(({ label, direction, instance, products }) => ({
      label,
      direction,
      instance,
      products: products.map(({ branch, type }) => ({
        branch,
        type: type.name,
        layoutHash: type.layoutHash,
      })),
    }))
    .sort((a, b) => a.instance - b.instance);
}

/** A side of a link: its process and what it declares. */
export interface ContractSide {
  readonly process: string;
  readonly contract: Contract;
}

/** Every mismatch between two sides, a line each; empty where they agree. Both sides get the same lines. */
export function contractProblems(controller: ContractSide, follower: ContractSide): string[] {
  const problems: string[] = [];
  const instances = new Set(
    [...controller.contract, ...follower.contract].map(({ instance }) => instance),
  );
  for (const instance of [...instances].sort((a, b) => a - b)) {
    problems.push(...instanceProblems(instance, controller, follower));
  }
  return problems;
}

function instanceProblems(instance: number, ...sides: readonly ContractSide[]): string[] {
  const where = `instance ${String(instance)}`;
  const ends = sides.map(({ process, contract }) => ({
    process,
    ends: contract.filter((end) => end.instance === instance),
  }));
  const several = ends.filter(({ ends: own }) => own.length > 1);
  if (several.length > 0) {
    return several.map(
      ({ process, ends: own }) =>
        `${where}: process ${process} has it more than once: ${own.map(({ label }) => label).join(', ')}`,
    );
  }
  const [here, there] = ends;
  const [a, b] = [here?.ends[0], there?.ends[0]];
  if (here === undefined || there === undefined || a === undefined || b === undefined) {
    const [known, other, end] = a === undefined ? [there, here, b] : [here, there, a];
    const wanted = end?.direction === 'send' ? 'receiver' : 'sender';
    return [
      `${where}: ${end?.label ?? ''} of process ${known?.process ?? ''} has no ${wanted} in process ${other?.process ?? ''}`,
    ];
  }
  const names = `${a.label} of ${here.process} and ${b.label} of ${there.process}`;
  if (a.direction === b.direction) return [`${where}: ${names} both ${a.direction}`];
  if (a.products.length !== b.products.length) {
    const counts = `${String(a.products.length)} and ${String(b.products.length)} products`;
    return [`${where}: ${names} have ${counts}`];
  }
  return a.products.flatMap((product, at) => {
    const other = b.products[at];
    if (other === undefined) return [];
    const place = `${where}, product ${String(at + 1)}: ${names}`;
    if (product.type !== other.type) {
      return [
        `${place} have ${product.type} (${product.branch}) and ${other.type} (${other.branch})`,
      ];
    }
    if (product.layoutHash === other.layoutHash) return [];
    return [`${place} have ${product.type} with different layouts`];
  });
}
