/* Modules of kernels, and launches. */
#include <stdlib.h>
#include <string.h>

#include "binding.h"

#define LOG_BYTES 4096u

static cu_result load(const arguments *given, const char *text, cu_module *module, char *log) {
  char information[LOG_BYTES] = "";
  unsigned int options[] = {CU_JIT_INFO_LOG, CU_JIT_INFO_LOG_BYTES, CU_JIT_ERROR_LOG, CU_JIT_ERROR_LOG_BYTES};
  void *values[] = {information, (void *)(uintptr_t)LOG_BYTES, log, (void *)(uintptr_t)LOG_BYTES};
  return given->api->module_load(module, text, 4, options, values);
}

/* loadModule(context, ptx): handle; what the compiler of the driver says is in the error */
static napi_value load_module(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 2, &given)) return NULL;
  context_object *context = argument_object(&given, 0, KIND_CONTEXT);
  if (context == NULL || !context_enter(&given, context)) return NULL;
  char *text = argument_text(env, given.values[1], "ptx");
  if (text == NULL) return NULL;
  module_object *module = calloc(1, sizeof *module);
  char log[LOG_BYTES] = "";
  cu_result result = module == NULL ? CU_OK : load(&given, text, &module->module, log);
  free(text);
  if (module == NULL) return throw_memory(env);
  log[LOG_BYTES - 1] = '\0';
  if (result != CU_OK) {
    free(module);
    return throw_result(env, given.self->driver, result, "cuModuleLoadDataEx", log);
  }
  module->context = context;
  module->users = 1;
  bool kept;
  napi_value handle = answer_handle(&given, KIND_MODULE, module, &kept);
  if (kept) {
    context->users++;
  } else {
    given.api->module_unload(module->module);
    free(module);
  }
  return handle;
}

/* getKernel(module, name): handle */
static napi_value get_kernel(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 2, &given)) return NULL;
  module_object *module = argument_object(&given, 0, KIND_MODULE);
  if (module == NULL || !context_enter(&given, module->context)) return NULL;
  char *name = argument_text(env, given.values[1], "name");
  if (name == NULL) return NULL;
  kernel_object *kernel = calloc(1, sizeof *kernel);
  cu_result result = kernel == NULL ? CU_OK : given.api->module_function(&kernel->function, module->module, name);
  if (kernel == NULL) throw_memory(env);
  if (kernel == NULL || result != CU_OK) {
    if (kernel != NULL) throw_result(env, given.self->driver, result, "cuModuleGetFunction", name);
    free(name);
    free(kernel);
    return NULL;
  }
  free(name);
  kernel->module = module;
  bool kept;
  napi_value handle = answer_handle(&given, KIND_KERNEL, kernel, &kept);
  if (kept)
    module->users++;
  else
    free(kernel);
  return handle;
}

/* The head of a packed launch, in words of 32 bits; the packed arguments follow it. */
typedef struct {
  uint32_t grid[3], block[3], shared_bytes, argument_bytes;
} launch_head;

/* launch(queue, kernel, packed) */
static napi_value launch(napi_env env, napi_callback_info info) {
  arguments given;
  uint8_t *packed;
  size_t bytes;
  if (!arguments_read(env, info, 3, &given)) return NULL;
  queue_object *queue = argument_object(&given, 0, KIND_QUEUE);
  if (queue == NULL) return NULL;
  kernel_object *kernel = argument_object(&given, 1, KIND_KERNEL);
  if (kernel == NULL || !argument_bytes(&given, 2, "packed", &packed, &bytes)) return NULL;
  launch_head head;
  if (bytes < sizeof head) {
    napi_throw_range_error(env, NULL, "a packed launch begins with 8 words");
    return NULL;
  }
  memcpy(&head, packed, sizeof head);
  size_t argument_bytes = head.argument_bytes;
  if (argument_bytes > bytes - sizeof head) {
    napi_throw_range_error(env, NULL, "a packed launch has fewer bytes of arguments than it says");
    return NULL;
  }
  if (!context_enter(&given, queue->context)) return NULL;
  void *extra[] = {CU_PARAM_BUFFER, packed + sizeof head, CU_PARAM_BUFFER_BYTES, &argument_bytes, CU_PARAM_END};
  cu_result result = given.api->launch(kernel->function, head.grid[0], head.grid[1], head.grid[2], head.block[0],
                                       head.block[1], head.block[2], head.shared_bytes, queue->stream, NULL, extra);
  return answer(&given, result, "cuLaunchKernel");
}

const binding kernel_calls[] = {
    {"loadModule", load_module}, {"getKernel", get_kernel}, {"launch", launch}, {NULL, NULL},
};
