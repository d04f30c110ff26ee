import type { Branch } from './branch.ts';
import { EdmeshError } from './errors.ts';

/** Tells whether a branch is selected. */
export type BranchPredicate = (branch: Branch) => boolean;

const fieldPattern = /^[A-Za-z0-9_*?]*$/;

/** A glob over one field as a regular expression: `*` is any run of characters, `?` exactly one. */
function glob(pattern: string, where: string): RegExp {
  if (!fieldPattern.test(pattern)) {
    throw new EdmeshError(
      'EDMESH_SELECTOR',
      `${where}: '${pattern}' has characters that no name has`,
    );
  }
  return new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/** A pattern with its four fields, `type_label_instance_process`; a label may itself contain underscores. */
function branchPattern(pattern: string, where: string): BranchPredicate {
  const parts = pattern.split('_');
  if (parts.length < 4) {
    throw new EdmeshError(
      'EDMESH_SELECTOR',
      `${where}: '${pattern}' is not a branch name; write type_label_instance_process`,
    );
  }
  const type = glob(parts[0] ?? '', where);
  const label = glob(parts.slice(1, -2).join('_'), where);
  const instance = glob(parts.at(-2) ?? '', where);
  const process = glob(parts.at(-1) ?? '', where);
  return (branch) =>
    type.test(branch.friendlyType) &&
    label.test(branch.moduleLabel) &&
    instance.test(branch.productInstance) &&
    process.test(branch.processName);
}

/**
 * Reads the patterns of a sender: a lone `*` selects everything, a pattern without underscore is a module label, one with
 * at least three underscores a branch name. Returns one predicate per pattern, so that a pattern that matches nothing
 * can be reported. Throws `EDMESH_SELECTOR`.
 */
export function parseSenderPatterns(patterns: readonly string[]): BranchPredicate[] {
  return patterns.map((pattern) => {
    const where = 'product pattern';
    if (pattern === '*') return () => true;
    if (pattern !== '' && !pattern.includes('_')) {
      const label = glob(pattern, where);
      return (branch) => label.test(branch.moduleLabel);
    }
    return branchPattern(pattern, where);
  });
}

/**
 * Reads keep/drop commands, such as `drop *` and `keep VeloTracks_*_*_*`. They apply in order, the last that matches
 * decides, and what no command matches is dropped. Throws `EDMESH_SELECTOR`.
 */
export function parseKeepDrop(commands: readonly string[]): BranchPredicate {
  const rules = commands.map((command) => {
    const [verb, pattern, ...rest] = command.trim().split(/\s+/);
    if ((verb !== 'keep' && verb !== 'drop') || pattern === undefined || rest.length > 0) {
      throw new EdmeshError(
        'EDMESH_SELECTOR',
        `'${command}' is not a keep/drop command; write 'keep PATTERN' or 'drop PATTERN'`,
      );
    }
    const matches = pattern === '*' ? () => true : branchPattern(pattern, `'${command}'`);
    return { keep: verb === 'keep', matches };
  });
  return (branch) => rules.findLast((rule) => rule.matches(branch))?.keep ?? false;
}
