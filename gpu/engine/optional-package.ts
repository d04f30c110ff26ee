/** Imports a package that may not be there; of a CommonJS package, what it exports. */
export async function importedPackage(
  specifier: string,
): Promise<Readonly<Record<string, unknown>>> {
  const namespace = (await import(specifier)) as Readonly<Record<string, unknown>>;
  const { default: whole } = namespace;
  return isRecord(whole) ? whole : namespace;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Whether an import failed because that package itself, not one that it needs, is absent. */
export function isMissing(error: unknown, packageName: string): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const code = String(error.code);
  return /^(?:ERR_)?MODULE_NOT_FOUND$/.test(code) && error.message.includes(packageName);
}
