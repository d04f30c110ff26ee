#include "kernel.h"

/* Global coordinates of clusters. Grid: one thread a cluster. See operations/velo-hit-coordinates.ts for the arrays. */
EDMESH_KERNEL edmesh_velo_hit_coordinates(unsigned int size, float rowPitch,
                                          const unsigned int *EDMESH_RESTRICT channelIds,
                                          const float *EDMESH_RESTRICT columnFractions,
                                          const float *EDMESH_RESTRICT rowFractions,
                                          const float *EDMESH_RESTRICT localX, const float *EDMESH_RESTRICT xPitch,
                                          const float *EDMESH_RESTRICT transforms, float *EDMESH_RESTRICT x,
                                          float *EDMESH_RESTRICT y, float *EDMESH_RESTRICT z) {
  unsigned int index = blockIdx.x * blockDim.x + threadIdx.x;
  if (index >= size) return;
  unsigned int id = channelIds[index];
  unsigned int column = id >> 8 & 0x3ff;
  const float *transform = transforms + 12 * (id >> 18 & 0xff);
  float across = localX[column] + columnFractions[index] * xPitch[column];
  float along = (0.5f + (float)(id & 0xff) + rowFractions[index]) * rowPitch;
  x[index] = transform[0] * across + transform[1] * along + transform[9];
  y[index] = transform[3] * across + transform[4] * along + transform[10];
  z[index] = transform[6] * across + transform[7] * along + transform[11];
}
