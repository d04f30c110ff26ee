/** Stands for the package `webgpu` on a machine with an adapter. */
export const create = () => ({
  requestAdapter: () => Promise.resolve({ info: { description: 'Card' } }),
});
export const globals = { GPUBufferUsage: { MAP_READ: 1 } };
