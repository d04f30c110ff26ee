/*
 * A CUDA driver without a device, for tests: the entry points that the addon looks up, with what they promise. A stream is
 * a thread with a FIFO of commands, device memory is ordinary memory, kernels are C functions found by name. Contexts fail
 * for good as real ones do, pageable transfers block as real ones may, and every call can be told to fail.
 *
 * $EDMESH_MOCK_CUDA configures it when it is initialised: comma-separated NAME=NUMBER, where NAME is `devices`, `memory`
 * (bytes of a device) or an entry point that is to fail with this code whenever it is called.
 */
#ifndef EDMESH_MOCK_H
#define EDMESH_MOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cuda-api.h"

#define MOCK_EXPORT __attribute__((visibility("default")))
#define DEVICES_MAX 8

enum {
  MOCK_NOT_INITIALIZED = 3,
  MOCK_NO_DEVICE = 100,
  MOCK_INVALID_DEVICE = 101,
  MOCK_INVALID_CONTEXT = 201,
  MOCK_INVALID_PTX = 218,
  MOCK_INVALID_HANDLE = 400,
  MOCK_NOT_FOUND = 500,
  MOCK_ILLEGAL_ADDRESS = 700,
  MOCK_ALREADY_REGISTERED = 712,
  MOCK_NOT_REGISTERED = 713,
};

struct CUctx_st {
  int device;
  int retained;
  /* The error that made the context unusable, 0 for none. */
  cu_result failed;
  size_t used_bytes;
};

/* What a kernel gets: its packed arguments, the geometry of its launch, and the context to fail in. */
typedef struct {
  const unsigned char *arguments;
  unsigned int grid[3], block[3];
  struct CUctx_st *context;
} mock_launch;

typedef struct {
  const char *name;
  size_t argument_bytes;
  /* NULL for a kernel that does nothing, for which nothing is put into the stream either. */
  void (*run)(const mock_launch *);
} mock_kernel;

extern const mock_kernel mock_kernels[];

/* What lives, and how often something was done. */
typedef struct {
  int contexts, streams, events, memory, host, registered, modules, launches, host_functions;
} mock_counters;

/* One lock for all state; `mock_changed` is signalled when an event was reached, a stream moved or a context failed. */
extern pthread_mutex_t mock_lock;
extern pthread_cond_t mock_changed;
extern mock_counters mock_live;
extern struct CUctx_st mock_contexts[DEVICES_MAX];
extern int mock_devices;
extern size_t mock_memory_bytes;
extern __thread struct CUctx_st *mock_current;

/* The code with which an entry point was told to fail, 0 for none. */
cu_result mock_injected(const char *call);
void mock_inject(const char *call, cu_result code, int count);
void mock_configure(void);
void mock_fail(struct CUctx_st *context, cu_result code);
bool mock_is_pinned(const void *address, size_t bytes);

/* Every entry point begins with one of these. The second also asks for a current context that works. */
#define MOCK_CALL(name)                         \
  do {                                          \
    cu_result injected_ = mock_injected(#name); \
    if (injected_ != CU_OK) return injected_;   \
  } while (0)
#define MOCK_CONTEXT_CALL(name)                                          \
  do {                                                                   \
    MOCK_CALL(name);                                                     \
    if (mock_current == NULL) return MOCK_INVALID_CONTEXT;               \
    if (mock_current->failed != CU_OK) return mock_current->failed;      \
  } while (0)

#endif
