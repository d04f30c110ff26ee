/* Device memory, which is ordinary memory, and ranges of host memory that are pinned. */
#include <stdlib.h>
#include <string.h>

#include "mock.h"

#define RANGES_MAX 4096
#define ALIGNMENT 256

typedef struct {
  uintptr_t begin, end;
  bool registered;
} range;

static range pinned[RANGES_MAX];
static int pinned_count;

MOCK_EXPORT cu_result cuMemGetInfo_v2(size_t *free_bytes, size_t *total) {
  MOCK_CONTEXT_CALL(cuMemGetInfo);
  pthread_mutex_lock(&mock_lock);
  *total = mock_memory_bytes;
  *free_bytes = mock_memory_bytes - mock_current->used_bytes;
  pthread_mutex_unlock(&mock_lock);
  return CU_OK;
}

/* The size stands in front of the memory. */
MOCK_EXPORT cu_result cuMemAlloc_v2(cu_pointer *address, size_t bytes) {
  MOCK_CONTEXT_CALL(cuMemAlloc);
  if (bytes == 0) return CU_INVALID_VALUE;
  pthread_mutex_lock(&mock_lock);
  bool fits = bytes <= mock_memory_bytes - mock_current->used_bytes;
  if (fits) {
    mock_current->used_bytes += bytes;
    mock_live.memory++;
  }
  pthread_mutex_unlock(&mock_lock);
  if (!fits) return CU_OUT_OF_MEMORY;
  char *whole = aligned_alloc(ALIGNMENT, ALIGNMENT + (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  if (whole == NULL) return CU_OUT_OF_MEMORY;
  memcpy(whole, &bytes, sizeof bytes);
  *address = (cu_pointer)(uintptr_t)(whole + ALIGNMENT);
  return CU_OK;
}

MOCK_EXPORT cu_result cuMemFree_v2(cu_pointer address) {
  MOCK_CONTEXT_CALL(cuMemFree);
  char *whole = (char *)(uintptr_t)address - ALIGNMENT;
  size_t bytes;
  memcpy(&bytes, whole, sizeof bytes);
  pthread_mutex_lock(&mock_lock);
  mock_current->used_bytes -= bytes;
  mock_live.memory--;
  pthread_mutex_unlock(&mock_lock);
  free(whole);
  return CU_OK;
}

static cu_result pin(void *address, size_t bytes, bool registered) {
  uintptr_t begin = (uintptr_t)address, end = begin + bytes;
  /* Whole pages are locked: two ranges cannot share one. */
  uintptr_t first = begin / 4096, last = (end - 1) / 4096;
  cu_result result = CU_OK;
  pthread_mutex_lock(&mock_lock);
  for (int index = 0; index < pinned_count; index++)
    if (registered && pinned[index].registered && first <= (pinned[index].end - 1) / 4096 && pinned[index].begin / 4096 <= last)
      result = MOCK_ALREADY_REGISTERED;
  if (pinned_count == RANGES_MAX) result = CU_OUT_OF_MEMORY;
  if (result == CU_OK) pinned[pinned_count++] = (range){begin, end, registered};
  if (result == CU_OK) *(registered ? &mock_live.registered : &mock_live.host) += 1;
  pthread_mutex_unlock(&mock_lock);
  return result;
}

static bool unpin(const void *address, bool registered) {
  bool found = false;
  pthread_mutex_lock(&mock_lock);
  for (int index = 0; index < pinned_count && !found; index++) {
    if (pinned[index].begin != (uintptr_t)address || pinned[index].registered != registered) continue;
    pinned[index] = pinned[--pinned_count];
    *(registered ? &mock_live.registered : &mock_live.host) -= 1;
    found = true;
  }
  pthread_mutex_unlock(&mock_lock);
  return found;
}

bool mock_is_pinned(const void *address, size_t bytes) {
  uintptr_t begin = (uintptr_t)address, end = begin + bytes;
  bool found = false;
  pthread_mutex_lock(&mock_lock);
  for (int index = 0; index < pinned_count && !found; index++)
    found = pinned[index].begin <= begin && end <= pinned[index].end;
  pthread_mutex_unlock(&mock_lock);
  return found;
}

MOCK_EXPORT cu_result cuMemHostAlloc(void **address, size_t bytes, unsigned int flags) {
  (void)flags;
  MOCK_CONTEXT_CALL(cuMemHostAlloc);
  if (bytes == 0) return CU_INVALID_VALUE;
  *address = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  return *address == NULL ? CU_OUT_OF_MEMORY : pin(*address, bytes, false);
}

MOCK_EXPORT cu_result cuMemFreeHost(void *address) {
  MOCK_CONTEXT_CALL(cuMemFreeHost);
  if (!unpin(address, false)) return CU_INVALID_VALUE;
  free(address);
  return CU_OK;
}

MOCK_EXPORT cu_result cuMemHostRegister_v2(void *address, size_t bytes, unsigned int flags) {
  (void)flags;
  MOCK_CONTEXT_CALL(cuMemHostRegister);
  return bytes == 0 ? CU_INVALID_VALUE : pin(address, bytes, true);
}

MOCK_EXPORT cu_result cuMemHostUnregister(void *address) {
  MOCK_CONTEXT_CALL(cuMemHostUnregister);
  return unpin(address, true) ? CU_OK : MOCK_NOT_REGISTERED;
}
