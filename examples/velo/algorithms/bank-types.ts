/** The types of the raw banks that the VELO example reads or writes. */
export const bankType = {
  odin: 16,
  particles: 32,
  vertices: 33,
  superpixels: 63,
  retina: 73,
} as const;
