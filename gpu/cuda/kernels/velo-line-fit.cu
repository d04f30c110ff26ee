#include "kernel.h"

/*
 * Straight lines through the hits of tracks, in double precision. Grid: one thread a track. See
 * operations/velo-line-fit.ts for the arrays.
 */
EDMESH_KERNEL edmesh_velo_line_fit(
    unsigned int size, unsigned int maxHits, float beamX, float beamY, float hitError, float scattering,
    const unsigned int *EDMESH_RESTRICT hitStart, const unsigned int *EDMESH_RESTRICT hitIndices,
    const float *EDMESH_RESTRICT hitX, const float *EDMESH_RESTRICT hitY, const float *EDMESH_RESTRICT hitZ,
    float *EDMESH_RESTRICT x, float *EDMESH_RESTRICT y, float *EDMESH_RESTRICT z, float *EDMESH_RESTRICT tx,
    float *EDMESH_RESTRICT ty, float *EDMESH_RESTRICT variance, float *EDMESH_RESTRICT covariance,
    float *EDMESH_RESTRICT slopeVariance, float *EDMESH_RESTRICT chi2, unsigned char *EDMESH_RESTRICT backward) {
  unsigned int track = blockIdx.x * blockDim.x + threadIdx.x;
  (void)maxHits;
  if (track >= size) return;
  unsigned int start = hitStart[track], end = hitStart[track + 1];
  unsigned int top = hitIndices[start], bottom = hitIndices[end - 1];
  double way = (double)hitZ[top] - hitZ[bottom];
  if (way == 0) way = 1;
  double slopeX = ((double)hitX[top] - hitX[bottom]) / way;
  double slopeY = ((double)hitY[top] - hitY[bottom]) / way;
  double outward = slopeX * ((double)hitX[bottom] - beamX) + slopeY * ((double)hitY[bottom] - beamY);
  unsigned int origin = outward > 0 ? bottom : top;
  double originZ = hitZ[origin];
  double bend = (double)scattering * scattering * (slopeX * slopeX + slopeY * slopeY);
  double spread = (double)hitError * hitError;
  double sum = 0, sumZ = 0, sumZZ = 0, sumX = 0, sumXZ = 0, sumY = 0, sumYZ = 0;
  for (unsigned int index = start; index < end; index++) {
    unsigned int hit = hitIndices[index];
    double step = hitZ[hit] - originZ;
    double weight = 1 / (spread + bend * step * step);
    sum += weight;
    sumZ += weight * step;
    sumZZ += weight * step * step;
    sumX += weight * hitX[hit];
    sumXZ += weight * hitX[hit] * step;
    sumY += weight * hitY[hit];
    sumYZ += weight * hitY[hit] * step;
  }
  double inverse = 1 / (sum * sumZZ - sumZ * sumZ);
  double fitX = (sumZZ * sumX - sumZ * sumXZ) * inverse;
  double fitY = (sumZZ * sumY - sumZ * sumYZ) * inverse;
  double fitTx = (sum * sumXZ - sumZ * sumX) * inverse;
  double fitTy = (sum * sumYZ - sumZ * sumY) * inverse;
  double square = fitTx * fitTx + fitTy * fitTy;
  double toBeam = square > 1e-10 ? -(fitTx * (fitX - beamX) + fitTy * (fitY - beamY)) / square : 0;
  double misfit = 0;
  for (unsigned int index = start; index < end; index++) {
    unsigned int hit = hitIndices[index];
    double step = hitZ[hit] - originZ;
    double missX = fitX + fitTx * step - hitX[hit];
    double missY = fitY + fitTy * step - hitY[hit];
    misfit += (missX * missX + missY * missY) / (spread + bend * step * step);
  }
  x[track] = (float)(fitX + fitTx * toBeam);
  y[track] = (float)(fitY + fitTy * toBeam);
  z[track] = (float)(originZ + toBeam);
  tx[track] = (float)fitTx;
  ty[track] = (float)fitTy;
  variance[track] = (float)((sumZZ - 2 * toBeam * sumZ + toBeam * toBeam * sum) * inverse);
  covariance[track] = (float)((toBeam * sum - sumZ) * inverse);
  slopeVariance[track] = (float)(sum * inverse);
  chi2[track] = (float)misfit;
  backward[track] = origin == top ? 1 : 0;
}
