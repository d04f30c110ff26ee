/** The version of edmesh, as in package.json; it is part of every process history. */
export const version = '0.1.0';
