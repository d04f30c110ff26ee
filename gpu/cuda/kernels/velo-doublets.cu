#include "kernel.h"

/*
 * Window search between the layers of the VELO. Grid: one thread a hit. See operations/velo-doublets.ts for the arrays.
 * Compiled without fused multiply-add, as every step is rounded as on the host, and the results are equal.
 */

#define PHI_BINS 512
#define BINS_PER_RADIAN 81.48733086305042f
#define REACH_MAX 63.0f
#define NO_PARTNER 0xffffffffu

/* The azimuth of a point in bins, with a fraction, from 0 up to 512; off by up to a third of a bin. */
EDMESH_FUNCTION float azimuthBin(float x, float y) {
  float acrossX = fabsf(x), acrossY = fabsf(y);
  float larger = acrossX > acrossY ? acrossX : acrossY;
  float smaller = acrossX > acrossY ? acrossY : acrossX;
  if (larger == 0.0f) return 0.0f;
  float ratio = smaller / larger;
  float angle = ratio * (0.7853981633974483f + 0.273f * (1.0f - ratio));
  if (acrossY > acrossX) angle = 1.5707963267948966f - angle;
  if (x < 0.0f) angle = 3.141592653589793f - angle;
  if (y < 0.0f) angle = 6.283185307179586f - angle;
  float bin = angle * BINS_PER_RADIAN;
  return bin < (float)PHI_BINS ? bin : 0.0f;
}

/* The layer of a hit: the last whose first hit is not behind it. */
EDMESH_FUNCTION unsigned int layerOf(unsigned int hit, unsigned int layers, const unsigned int *moduleStart) {
  unsigned int low = 0, high = layers;
  while (high - low > 1) {
    unsigned int middle = (low + high) / 2;
    if (moduleStart[2 * middle] <= hit)
      low = middle;
    else
      high = middle;
  }
  return low;
}

EDMESH_KERNEL edmesh_velo_doublets(unsigned int size, unsigned int layers, unsigned int layerHits, unsigned int up,
                                   float turn, float impact, float minStep, unsigned int capacity,
                                   const float *EDMESH_RESTRICT x, const float *EDMESH_RESTRICT y,
                                   const float *EDMESH_RESTRICT z, const unsigned int *EDMESH_RESTRICT moduleStart,
                                   unsigned int *EDMESH_RESTRICT counts, unsigned int *EDMESH_RESTRICT partners) {
  unsigned int hit = blockIdx.x * blockDim.x + threadIdx.x;
  (void)layerHits;
  if (hit >= size) return;
  unsigned int *row = partners + (size_t)hit * capacity;
  unsigned int layer = layers == 0 ? 0 : layerOf(hit, layers, moduleStart);
  unsigned int found = 0;
  if (layer + up < layers && hit >= moduleStart[0] && hit < moduleStart[2 * layer + 2]) {
    float hitX = x[hit], hitY = y[hit], hitZ = z[hit];
    float radius = sqrtf(hitX * hitX + hitY * hitY + 1e-6f);
    float width = (turn + impact / radius) * BINS_PER_RADIAN;
    if (width > REACH_MAX) width = REACH_MAX;
    float centre = azimuthBin(hitX, hitY);
    int low = (int)floorf(centre - width), high = (int)floorf(centre + width);
    unsigned int end = moduleStart[2 * (layer + up) + 2];
    for (unsigned int other = moduleStart[2 * (layer + up)]; other < end; other++) {
      if (z[other] - hitZ < minStep) continue;
      int bin = (int)floorf(azimuthBin(x[other], y[other]));
      if (!((bin >= low && bin <= high) || bin + PHI_BINS <= high || bin - PHI_BINS >= low)) continue;
      if (found < capacity) row[found] = other;
      found++;
    }
  }
  counts[hit] = found;
  for (unsigned int index = found; index < capacity; index++) row[index] = NO_PARTNER;
}
