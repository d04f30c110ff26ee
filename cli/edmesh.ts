#!/usr/bin/env node
import { runningInstallation } from './installation.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

const status = await runProgram(process.argv.slice(2), {
  terminal: processTerminal(),
  installation: runningInstallation(),
  framework: () => import('../actors/index.ts'),
});
// A module may have left a server or a timer open; the job is over all the same.
process.exit(status);
