/* Modules: text that looks like PTX, with entries for which there are C functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock.h"

struct CUmod_st {
  char *text;
};

static void tell(unsigned int count, const unsigned int *options, void **values, const char *text) {
  char *log = NULL;
  size_t bytes = 0;
  for (unsigned int index = 0; index < count; index++) {
    if (options[index] == CU_JIT_ERROR_LOG) log = values[index];
    if (options[index] == CU_JIT_ERROR_LOG_BYTES) bytes = (size_t)(uintptr_t)values[index];
  }
  if (log != NULL && bytes > 0) snprintf(log, bytes, "%s", text);
}

MOCK_EXPORT cu_result cuModuleLoadDataEx(cu_module *module, const void *image, unsigned int count, unsigned int *options,
                                         void **values) {
  MOCK_CONTEXT_CALL(cuModuleLoadDataEx);
  const char *text = image;
  const char *const needed[] = {".version", ".target", ".address_size 64"};
  for (size_t index = 0; index < sizeof needed / sizeof *needed; index++) {
    if (strstr(text, needed[index]) != NULL) continue;
    char log[128];
    snprintf(log, sizeof log, "ptxas application ptx input, line 1; fatal   : Missing %s directive", needed[index]);
    tell(count, options, values, log);
    return MOCK_INVALID_PTX;
  }
  cu_module made = calloc(1, sizeof *made);
  if (made == NULL || (made->text = strdup(text)) == NULL) return CU_OUT_OF_MEMORY;
  pthread_mutex_lock(&mock_lock);
  mock_live.modules++;
  pthread_mutex_unlock(&mock_lock);
  *module = made;
  return CU_OK;
}

MOCK_EXPORT cu_result cuModuleUnload(cu_module module) {
  pthread_mutex_lock(&mock_lock);
  mock_live.modules--;
  pthread_mutex_unlock(&mock_lock);
  free(module->text);
  free(module);
  MOCK_CALL(cuModuleUnload);
  return CU_OK;
}

MOCK_EXPORT cu_result cuModuleGetFunction(cu_function *function, cu_module module, const char *name) {
  MOCK_CONTEXT_CALL(cuModuleGetFunction);
  char entry[128];
  snprintf(entry, sizeof entry, ".entry %s(", name);
  if (strstr(module->text, entry) == NULL) return MOCK_NOT_FOUND;
  for (const mock_kernel *kernel = mock_kernels; kernel->name != NULL; kernel++) {
    if (strcmp(kernel->name, name) != 0) continue;
    *function = (cu_function)kernel;
    return CU_OK;
  }
  return MOCK_NOT_FOUND;
}
