#include "kernel.h"

/* y = a x + y. Grid: one thread an element. */
EDMESH_KERNEL edmesh_axpy(unsigned int size, float a, const float *EDMESH_RESTRICT x, float *EDMESH_RESTRICT y) {
  unsigned int index = blockIdx.x * blockDim.x + threadIdx.x;
  if (index < size) y[index] = a * x[index] + y[index];
}
