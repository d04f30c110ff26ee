/** Stands for the package `webgpu` on a machine without a Vulkan driver. */
export const create = () => ({ requestAdapter: () => Promise.resolve(null) });
