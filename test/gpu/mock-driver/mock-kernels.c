/*
 * Kernels of the mock: those of the package, compiled from their own sources by the C compiler and run thread by thread,
 * and a few that only tests have.
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include "mock.h"

typedef struct {
  unsigned int x, y, z;
} index3;

static __thread index3 blockIdx, blockDim, threadIdx;

#define EDMESH_KERNEL static void
#define EDMESH_FUNCTION static
#define EDMESH_RESTRICT
#include "../../../gpu/cuda/kernels/axpy.cu"
#include "../../../gpu/cuda/kernels/matmul.cu"
#include "../../../gpu/cuda/kernels/velo-doublets.cu"
#include "../../../gpu/cuda/kernels/velo-hit-coordinates.cu"
#include "../../../gpu/cuda/kernels/velo-line-fit.cu"

/* Reads packed arguments in order, each at the next multiple of its size. */
typedef struct {
  const unsigned char *bytes;
  size_t at;
} reader;

static void *take(reader *from, void *into, size_t size) {
  from->at = (from->at + size - 1) / size * size;
  memcpy(into, from->bytes + from->at, size);
  from->at += size;
  return into;
}

static unsigned int u32(reader *from) { return *(unsigned int *)take(from, &(unsigned int){0}, 4); }
static float f32(reader *from) { return *(float *)take(from, &(float){0}, 4); }
static void *pointer(reader *from) { return (void *)(uintptr_t) * (unsigned long long *)take(from, &(unsigned long long){0}, 8); }

#define EVERY_THREAD(launch, call)                                                                         \
  do {                                                                                                     \
    blockDim = (index3){launch->block[0], launch->block[1], launch->block[2]};                             \
    for (blockIdx.z = 0; blockIdx.z < launch->grid[2]; blockIdx.z++)                                       \
      for (blockIdx.y = 0; blockIdx.y < launch->grid[1]; blockIdx.y++)                                     \
        for (blockIdx.x = 0; blockIdx.x < launch->grid[0]; blockIdx.x++)                                   \
          for (threadIdx.z = 0; threadIdx.z < blockDim.z; threadIdx.z++)                                   \
            for (threadIdx.y = 0; threadIdx.y < blockDim.y; threadIdx.y++)                                 \
              for (threadIdx.x = 0; threadIdx.x < blockDim.x; threadIdx.x++) call;                         \
  } while (0)

static void run_axpy(const mock_launch *launch) {
  reader from = {launch->arguments, 0};
  unsigned int size = u32(&from);
  float a = f32(&from);
  float *x = pointer(&from), *y = pointer(&from);
  EVERY_THREAD(launch, edmesh_axpy(size, a, x, y));
}

static void run_matmul(const mock_launch *launch) {
  reader from = {launch->arguments, 0};
  unsigned int rows = u32(&from), columns = u32(&from), inner = u32(&from);
  float *a = pointer(&from), *b = pointer(&from), *c = pointer(&from);
  EVERY_THREAD(launch, edmesh_matmul(rows, columns, inner, a, b, c));
}

static void run_hit_coordinates(const mock_launch *launch) {
  reader from = {launch->arguments, 0};
  unsigned int size = u32(&from);
  float pitch = f32(&from);
  void *p[9];
  for (int index = 0; index < 9; index++) p[index] = pointer(&from);
  EVERY_THREAD(launch, edmesh_velo_hit_coordinates(size, pitch, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]));
}

static void run_line_fit(const mock_launch *launch) {
  reader from = {launch->arguments, 0};
  unsigned int size = u32(&from), hits = u32(&from);
  float n[4];
  for (int index = 0; index < 4; index++) n[index] = f32(&from);
  void *p[15];
  for (int index = 0; index < 15; index++) p[index] = pointer(&from);
  EVERY_THREAD(launch, edmesh_velo_line_fit(size, hits, n[0], n[1], n[2], n[3], p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7],
                                            p[8], p[9], p[10], p[11], p[12], p[13], p[14]));
}

static void run_doublets(const mock_launch *launch) {
  reader from = {launch->arguments, 0};
  unsigned int size = u32(&from), layers = u32(&from), hits = u32(&from), up = u32(&from);
  float turn = f32(&from), impact = f32(&from), step = f32(&from);
  unsigned int capacity = u32(&from);
  void *p[6];
  for (int index = 0; index < 6; index++) p[index] = pointer(&from);
  EVERY_THREAD(launch, edmesh_velo_doublets(size, layers, hits, up, turn, impact, step, capacity, p[0], p[1], p[2], p[3], p[4],
                                            p[5]));
}

/* mock_sleep(microseconds): takes that long, as a kernel on a device of its own would */
static void run_sleep(const mock_launch *launch) {
  reader from = {launch->arguments, 0};
  unsigned int us = u32(&from);
  struct timespec left = {us / 1000000, (long)(us % 1000000) * 1000};
  while (nanosleep(&left, &left) != 0) continue;
}

/* mock_fault(code): fails its context for good */
static void run_fault(const mock_launch *launch) {
  reader from = {launch->arguments, 0};
  mock_fail(launch->context, u32(&from));
}

const mock_kernel mock_kernels[] = {
    {"edmesh_axpy", 24, run_axpy},
    {"edmesh_matmul", 40, run_matmul},
    {"edmesh_velo_hit_coordinates", 80, run_hit_coordinates},
    {"edmesh_velo_line_fit", 144, run_line_fit},
    {"edmesh_velo_doublets", 80, run_doublets},
    {"mock_sleep", 4, run_sleep},
    {"mock_fault", 4, run_fault},
    {"mock_nothing", 56, NULL},
    {NULL, 0, NULL},
};
