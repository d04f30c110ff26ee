/*
 * The part of the CUDA driver API that the addon calls, declared here so that no CUDA toolkit is needed to build it.
 * Names of tags are those of cuda.h.
 */
#ifndef EDMESH_CUDA_API_H
#define EDMESH_CUDA_API_H

#include <stddef.h>

typedef unsigned int cu_result;
typedef int cu_device;
typedef unsigned long long cu_pointer;
typedef struct CUctx_st *cu_context;
typedef struct CUstream_st *cu_stream;
typedef struct CUevent_st *cu_event;
typedef struct CUmod_st *cu_module;
typedef struct CUfunc_st *cu_function;
typedef void (*cu_host_function)(void *);

enum {
  CU_OK = 0,
  CU_INVALID_VALUE = 1,
  CU_OUT_OF_MEMORY = 2,
  CU_INVALID_CONTEXT = 201,
  CU_INVALID_HANDLE = 400,
  CU_NOT_READY = 600,
};

enum {
  CU_STREAM_NON_BLOCKING_FLAG = 1,
  CU_EVENT_BLOCKING_SYNC_FLAG = 1,
  CU_EVENT_DISABLE_TIMING_FLAG = 2,
  CU_MEMHOSTALLOC_PORTABLE_FLAG = 1,
  CU_MEMHOSTREGISTER_PORTABLE_FLAG = 1,
  CU_ATTRIBUTE_MULTIPROCESSORS = 16,
  CU_ATTRIBUTE_MAJOR = 75,
  CU_ATTRIBUTE_MINOR = 76,
  CU_JIT_INFO_LOG = 3,
  CU_JIT_INFO_LOG_BYTES = 4,
  CU_JIT_ERROR_LOG = 5,
  CU_JIT_ERROR_LOG_BYTES = 6,
};

/* Ends and markers of the array by which packed arguments are passed to cuLaunchKernel. */
#define CU_PARAM_END ((void *)0x00)
#define CU_PARAM_BUFFER ((void *)0x01)
#define CU_PARAM_BUFFER_BYTES ((void *)0x02)

/* Field, symbol in the library, parameters. Symbols with a version are the ones that cuda.h maps the plain names to. */
#define CU_FUNCTIONS(F)                                                                                     \
  F(init, cuInit, (unsigned int))                                                                           \
  F(driver_version, cuDriverGetVersion, (int *))                                                            \
  F(error_name, cuGetErrorName, (cu_result, const char **))                                                 \
  F(error_string, cuGetErrorString, (cu_result, const char **))                                             \
  F(device_count, cuDeviceGetCount, (int *))                                                                \
  F(device_get, cuDeviceGet, (cu_device *, int))                                                            \
  F(device_name, cuDeviceGetName, (char *, int, cu_device))                                                 \
  F(device_memory, cuDeviceTotalMem_v2, (size_t *, cu_device))                                              \
  F(device_attribute, cuDeviceGetAttribute, (int *, unsigned int, cu_device))                               \
  F(context_retain, cuDevicePrimaryCtxRetain, (cu_context *, cu_device))                                    \
  F(context_release, cuDevicePrimaryCtxRelease_v2, (cu_device))                                             \
  F(context_set, cuCtxSetCurrent, (cu_context))                                                             \
  F(memory_info, cuMemGetInfo_v2, (size_t *, size_t *))                                                     \
  F(memory_allocate, cuMemAlloc_v2, (cu_pointer *, size_t))                                                 \
  F(memory_free, cuMemFree_v2, (cu_pointer))                                                                \
  F(host_allocate, cuMemHostAlloc, (void **, size_t, unsigned int))                                         \
  F(host_free, cuMemFreeHost, (void *))                                                                     \
  F(host_register, cuMemHostRegister_v2, (void *, size_t, unsigned int))                                    \
  F(host_unregister, cuMemHostUnregister, (void *))                                                         \
  F(copy_up, cuMemcpyHtoDAsync_v2, (cu_pointer, const void *, size_t, cu_stream))                           \
  F(copy_down, cuMemcpyDtoHAsync_v2, (void *, cu_pointer, size_t, cu_stream))                               \
  F(copy_across, cuMemcpyDtoDAsync_v2, (cu_pointer, cu_pointer, size_t, cu_stream))                         \
  F(fill, cuMemsetD8Async, (cu_pointer, unsigned char, size_t, cu_stream))                                  \
  F(stream_create, cuStreamCreate, (cu_stream *, unsigned int))                                             \
  F(stream_destroy, cuStreamDestroy_v2, (cu_stream))                                                        \
  F(stream_query, cuStreamQuery, (cu_stream))                                                               \
  F(stream_wait, cuStreamWaitEvent, (cu_stream, cu_event, unsigned int))                                    \
  F(event_create, cuEventCreate, (cu_event *, unsigned int))                                                \
  F(event_destroy, cuEventDestroy_v2, (cu_event))                                                           \
  F(event_record, cuEventRecord, (cu_event, cu_stream))                                                     \
  F(event_query, cuEventQuery, (cu_event))                                                                  \
  F(event_wait, cuEventSynchronize, (cu_event))                                                             \
  F(module_load, cuModuleLoadDataEx, (cu_module *, const void *, unsigned int, unsigned int *, void **))    \
  F(module_unload, cuModuleUnload, (cu_module))                                                             \
  F(module_function, cuModuleGetFunction, (cu_function *, cu_module, const char *))                         \
  F(launch, cuLaunchKernel,                                                                                 \
    (cu_function, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int,       \
     unsigned int, cu_stream, void **, void **))                                                            \
  F(launch_host, cuLaunchHostFunc, (cu_stream, cu_host_function, void *))

/* The entry points of one driver library. */
typedef struct {
#define CU_FIELD(field, symbol, parameters) cu_result(*field) parameters;
  CU_FUNCTIONS(CU_FIELD)
#undef CU_FIELD
} cu_api;

#endif
