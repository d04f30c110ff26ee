/**
 * Compiles gpu/cuda/kernels/*.cu with nvcc to the PTX beside them: `npm run build:kernels`. The PTX is then marked with the
 * oldest version and architecture that have all its instructions, so that drivers since CUDA 9 and cards since Maxwell take
 * it, and ptxas assembles it for every architecture that it knows, as proof that it is that plain. Whether kernels run well
 * on a device is for `edmesh gpu --selftest` to say.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('../gpu/cuda/kernels/', import.meta.url));
const run = promisify(execFile);
const oldest = { version: '6.0', target: 'sm_50' };
const architectures = ['sm_75', 'sm_80', 'sm_86', 'sm_90', 'sm_100', 'sm_120'];

/** Kernels whose results are to equal those of the host do not fuse multiplications with additions. */
const ownFlags = { 'velo-doublets': ['--fmad=false'] };

const scratch = await mkdtemp(join(tmpdir(), 'edmesh-kernels-'));
try {
  const names = (await readdir(folder)).filter((file) => file.endsWith('.cu')).sort();
  for (const name of names) await compile(name.slice(0, -'.cu'.length));
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function compile(name) {
  const source = join(folder, `${name}.cu`);
  const draft = join(scratch, `${name}.ptx`);
  const flags = ['-ptx', '-arch=compute_75', ...(ownFlags[name] ?? [])];
  await run('nvcc', [...flags, source, '-o', draft]);
  const compiled = await readFile(draft, 'utf8');
  const instructions = compiled
    .slice(compiled.indexOf('.version'))
    .replace(/^\.version .*$/m, `.version ${oldest.version}`)
    .replace(/^\.target .*$/m, `.target ${oldest.target}`)
    .trimEnd();
  const compiler = /Cuda compilation tools.*/.exec(compiled)?.[0] ?? 'nvcc';
  const head = [
    `// From ${name}.cu, by scripts/build-kernels.mjs with ${compiler}`,
    `// sources: ${await digest(name)}`,
  ];
  const text = `${head.join('\n')}\n\n${instructions}\n`;
  await writeFile(draft, text);
  for (const architecture of architectures) {
    await run('ptxas', [`-arch=${architecture}`, draft, '-o', join(scratch, 'assembled')]);
  }
  await writeFile(join(folder, `${name}.ptx`), text);
  console.log(`${name}.ptx: ${text.length} bytes, assembled for ${architectures.join(' ')}`);
}

/** A digest of what a kernel is made from; a test compares it with the one in the PTX. */
async function digest(name) {
  const hash = createHash('sha256');
  for (const file of [`${name}.cu`, 'kernel.h']) hash.update(await readFile(join(folder, file)));
  return hash.digest('hex');
}
