import { EdmeshError, type Logger } from '../edm/index.ts';
import {
  backendKinds,
  type BackendKind,
  type BackendRefusal,
  type GpuBackend,
  type OpenedBackend,
} from './backend.ts';

/** What `--gpu` takes. */
export const gpuChoices = ['auto', ...backendKinds, 'off'] as const;
/** A choice of backend: one kind, the best that is there, or none. */
export type GpuChoice = (typeof gpuChoices)[number];

/** Opens each kind of backend. */
export type BackendOpeners = Readonly<Record<BackendKind, () => Promise<OpenedBackend>>>;

/** The backend that was chosen, and why those before it were not. */
export interface ChosenBackend {
  readonly backend: GpuBackend;
  readonly refused: readonly BackendRefusal[];
}

/** In this order `auto` tries them; `webgpu` is used on request only. */
const automatic: readonly BackendKind[] = ['tfjs-node-gpu', 'cuda', 'wasm', 'cpu'];

/**
 * Opens the backend of a choice. Rejects with EdmeshError `EDMESH_GPU_UNAVAILABLE`, which says for each one tried what is
 * missing and what to do about it, where there is none.
 */
export async function chooseBackend(
  choice: Exclude<GpuChoice, 'off'>,
  openers: BackendOpeners,
  logger: Logger,
): Promise<ChosenBackend> {
  const refused: BackendRefusal[] = [];
  for (const kind of choice === 'auto' ? automatic : [choice]) {
    const opened = await openers[kind]();
    if (opened.backend !== undefined) {
      if (choice === 'auto') refused.push(onRequestOnly);
      for (const refusal of refused) logger.info(`gpu: not ${refusalText(refusal)}`);
      const devices = opened.backend.devices();
      const names = devices.map(({ name, driver }) => `${name} (${driver})`).join(', ');
      logger.info(`gpu: backend ${kind}, ${names}`);
      return { backend: opened.backend, refused };
    }
    refused.push(opened.refused);
  }
  const reasons = refused.map(refusalText).join('; ');
  throw new EdmeshError('EDMESH_GPU_UNAVAILABLE', `no GPU backend can be used: ${reasons}`, {
    fields: { choice, refused: refused.map(refusalText) },
  });
}

const onRequestOnly: BackendRefusal = {
  kind: 'webgpu',
  reason: 'it is used on request only',
  remedy: 'Give `--gpu webgpu`.',
};

/** Why a backend is not used, in one line. */
export function refusalText({ kind, reason, remedy }: BackendRefusal): string {
  return `${kind}: ${reason}${remedy === '' ? '' : `. ${remedy}`}`;
}
