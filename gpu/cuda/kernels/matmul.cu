#include "kernel.h"

/* c = a b for row-major matrices. Grid: one thread an element of c, x its column and y its row. */
EDMESH_KERNEL edmesh_matmul(unsigned int rows, unsigned int columns, unsigned int inner, const float *EDMESH_RESTRICT a,
                            const float *EDMESH_RESTRICT b, float *EDMESH_RESTRICT c) {
  unsigned int column = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned int row = blockIdx.y * blockDim.y + threadIdx.y;
  if (column >= columns || row >= rows) return;
  const float *left = a + (size_t)row * inner;
  float sum = 0.0f;
  for (unsigned int step = 0; step < inner; step++) sum += left[step] * b[(size_t)step * columns + column];
  c[(size_t)row * columns + column] = sum;
}
