/*
 * What the kernels begin with. They are written in the common part of CUDA C and C, one thread an element and no shared
 * memory, so that a C compiler can run them too: tests do, with their own EDMESH_KERNEL. Compiled by
 * scripts/build-kernels.mjs; the PTX beside them is what the backend loads.
 */
#ifndef EDMESH_KERNEL
#define EDMESH_KERNEL extern "C" __global__ void
#define EDMESH_FUNCTION static __device__ __forceinline__
#define EDMESH_RESTRICT __restrict__
#endif
