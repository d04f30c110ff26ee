/* Devices, contexts, errors, and how calls are told to fail. */
#include <stdatomic.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "mock.h"

pthread_mutex_t mock_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t mock_changed = PTHREAD_COND_INITIALIZER;
mock_counters mock_live;
struct CUctx_st mock_contexts[DEVICES_MAX];
int mock_devices = 1;
size_t mock_memory_bytes = (size_t)1 << 30;
__thread struct CUctx_st *mock_current;

#define INJECTIONS_MAX 32
static struct {
  char call[48];
  cu_result code;
  int count;
} injections[INJECTIONS_MAX];
static atomic_int injection_count;

cu_result mock_injected(const char *call) {
  if (atomic_load_explicit(&injection_count, memory_order_relaxed) == 0) return CU_OK;
  cu_result code = CU_OK;
  pthread_mutex_lock(&mock_lock);
  for (int index = 0; index < injection_count && code == CU_OK; index++) {
    if (injections[index].count == 0 || strcmp(injections[index].call, call) != 0) continue;
    code = injections[index].code;
    injections[index].count--;
  }
  pthread_mutex_unlock(&mock_lock);
  return code;
}

void mock_inject(const char *call, cu_result code, int count) {
  pthread_mutex_lock(&mock_lock);
  int index = 0;
  while (index < injection_count && strcmp(injections[index].call, call) != 0) index++;
  if (index < INJECTIONS_MAX) {
    snprintf(injections[index].call, sizeof injections[index].call, "%s", call);
    injections[index].code = code;
    injections[index].count = count;
    if (index == injection_count) injection_count++;
  }
  pthread_mutex_unlock(&mock_lock);
}

void mock_fail(struct CUctx_st *context, cu_result code) {
  pthread_mutex_lock(&mock_lock);
  if (context->failed == CU_OK) context->failed = code;
  pthread_cond_broadcast(&mock_changed);
  pthread_mutex_unlock(&mock_lock);
}

void mock_configure(void) {
  const char *given = getenv("EDMESH_MOCK_CUDA");
  if (given == NULL) return;
  char text[512];
  snprintf(text, sizeof text, "%s", given);
  char *rest;
  for (char *item = strtok_r(text, ",", &rest); item != NULL; item = strtok_r(NULL, ",", &rest)) {
    char *equals = strchr(item, '=');
    if (equals == NULL) continue;
    *equals = '\0';
    long long number = atoll(equals + 1);
    if (strcmp(item, "devices") == 0)
      mock_devices = number < DEVICES_MAX ? (int)number : DEVICES_MAX;
    else if (strcmp(item, "memory") == 0)
      mock_memory_bytes = (size_t)number;
    else
      mock_inject(item, (cu_result)number, 1 << 30);
  }
}

MOCK_EXPORT cu_result cuInit(unsigned int flags) {
  if (flags != 0) return CU_INVALID_VALUE;
  mock_configure();
  MOCK_CALL(cuInit);
  return mock_devices == 0 ? MOCK_NO_DEVICE : CU_OK;
}

MOCK_EXPORT cu_result cuDriverGetVersion(int *version) {
  MOCK_CALL(cuDriverGetVersion);
  *version = 12040;
  return CU_OK;
}

static const struct {
  cu_result code;
  const char *name, *text;
} errors[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {712, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", "part or all of the requested memory range is already mapped"},
    {713, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED", "pointer does not correspond to a registered memory region"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
};

static size_t error_index(cu_result code) {
  size_t index = 0;
  while (index < sizeof errors / sizeof *errors && errors[index].code != code) index++;
  return index;
}

MOCK_EXPORT cu_result cuGetErrorName(cu_result code, const char **name) {
  size_t index = error_index(code);
  *name = index < sizeof errors / sizeof *errors ? errors[index].name : NULL;
  return *name == NULL ? CU_INVALID_VALUE : CU_OK;
}

MOCK_EXPORT cu_result cuGetErrorString(cu_result code, const char **text) {
  size_t index = error_index(code);
  *text = index < sizeof errors / sizeof *errors ? errors[index].text : NULL;
  return *text == NULL ? CU_INVALID_VALUE : CU_OK;
}

MOCK_EXPORT cu_result cuDeviceGetCount(int *count) {
  MOCK_CALL(cuDeviceGetCount);
  *count = mock_devices;
  return CU_OK;
}

MOCK_EXPORT cu_result cuDeviceGet(cu_device *device, int ordinal) {
  MOCK_CALL(cuDeviceGet);
  if (ordinal < 0 || ordinal >= mock_devices) return MOCK_INVALID_DEVICE;
  *device = ordinal;
  return CU_OK;
}

MOCK_EXPORT cu_result cuDeviceGetName(char *name, int length, cu_device device) {
  MOCK_CALL(cuDeviceGetName);
  snprintf(name, (size_t)length, "Mock Device %d", device);
  return CU_OK;
}

MOCK_EXPORT cu_result cuDeviceTotalMem_v2(size_t *bytes, cu_device device) {
  MOCK_CALL(cuDeviceTotalMem);
  (void)device;
  *bytes = mock_memory_bytes;
  return CU_OK;
}

MOCK_EXPORT cu_result cuDeviceGetAttribute(int *value, unsigned int attribute, cu_device device) {
  MOCK_CALL(cuDeviceGetAttribute);
  (void)device;
  *value = attribute == CU_ATTRIBUTE_MAJOR ? 9 : attribute == CU_ATTRIBUTE_MULTIPROCESSORS ? 132 : 0;
  return CU_OK;
}

MOCK_EXPORT cu_result cuDevicePrimaryCtxRetain(cu_context *context, cu_device device) {
  MOCK_CALL(cuDevicePrimaryCtxRetain);
  pthread_mutex_lock(&mock_lock);
  *context = &mock_contexts[device];
  (*context)->device = device;
  (*context)->retained++;
  mock_live.contexts++;
  pthread_mutex_unlock(&mock_lock);
  return CU_OK;
}

MOCK_EXPORT cu_result cuDevicePrimaryCtxRelease_v2(cu_device device) {
  MOCK_CALL(cuDevicePrimaryCtxRelease);
  pthread_mutex_lock(&mock_lock);
  struct CUctx_st *context = &mock_contexts[device];
  bool held = context->retained > 0;
  if (held) {
    context->retained--;
    mock_live.contexts--;
  }
  pthread_mutex_unlock(&mock_lock);
  return held ? CU_OK : MOCK_INVALID_CONTEXT;
}

MOCK_EXPORT cu_result cuCtxSetCurrent(cu_context context) {
  MOCK_CALL(cuCtxSetCurrent);
  mock_current = context;
  return CU_OK;
}
