/** Stands for a package of the right name with the wrong content. */
export const create = 1;
