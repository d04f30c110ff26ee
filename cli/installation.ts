import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the running edmesh is installed; configs get its classes, so that each exists once. */
export interface Installation {
  /** URL of the module that `edmesh` stands for. */
  readonly edmesh: string;
  /** URL of the module that `edmesh/testing` stands for. */
  readonly testing: string;
  /** URL of the program that runs lanes in threads. */
  readonly laneThread: string;
  /** The folder of the package, below which its dependencies are found. */
  readonly folder: string;
}

/** The installation that this file is part of: the built one, also when the sources run in a test. */
export function runningInstallation(): Installation {
  const built = import.meta.url.endsWith('.js');
  const root = new URL(built ? '../../' : '../', import.meta.url);
  return {
    edmesh: new URL('dist/index.js', root).href,
    testing: new URL('dist/testing.js', root).href,
    laneThread: new URL('dist/cli/lane-thread.js', root).href,
    folder: fileURLToPath(root),
  };
}

/** The version in the package file of an installation. */
export function versionOf(installation: Installation): string {
  const text = readFileSync(join(installation.folder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
