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

/* The head of a packed launch, in words of 32 bits; the packed arguments follow it. */
typedef struct {
  uint32_t grid[3], block[3], shared_bytes, argument_bytes;
} launch_head;

/* The memory of a kernel's launches. False with an exception where it could go away or holds no head. */
static bool read_packed(const arguments *given, size_t index, kernel_object *kernel) {
  napi_env env = given->env;
  uint8_t *data;
  size_t length;
  napi_typedarray_type type;
  napi_value buffer;
  bool detachable;
  if (napi_get_typedarray_info(env, given->values[index], &type, &length, (void **)&data, &buffer, NULL) != napi_ok ||
      type != napi_uint8_array || napi_is_arraybuffer(env, buffer, &detachable) != napi_ok || detachable) {
    napi_throw_type_error(env, NULL, "packed must be a Uint8Array on a SharedArrayBuffer");
    return false;
  }
  if (length < sizeof(launch_head)) {
    napi_throw_range_error(env, NULL, "a packed launch begins with 8 words");
    return false;
  }
  kernel->packed = data;
  kernel->packed_bytes = length;
  return napi_create_reference(env, given->values[index], 1, &kernel->packed_view) == napi_ok ||
         throw_memory(env) != NULL;
}

static napi_value make_kernel(const arguments *given, module_object *module, const char *name) {
  kernel_object *kernel = calloc(1, sizeof *kernel);
  if (kernel == NULL) return throw_memory(given->env);
  cu_result result = given->api->module_function(&kernel->function, module->module, name);
  if (result != CU_OK) {
    free(kernel);
    return throw_result(given->env, given->self->driver, result, "cuModuleGetFunction", name);
  }
  if (!read_packed(given, 2, kernel)) {
    free(kernel);
    return NULL;
  }
  kernel->module = module;
  bool kept;
  napi_value handle = answer_handle(given, KIND_KERNEL, kernel, &kept);
  if (kept) {
    module->users++;
  } else {
    napi_delete_reference(given->env, kernel->packed_view);
    free(kernel);
  }
  return handle;
}

/* getKernel(module, name, packed): handle of a kernel that is launched with what lies in `packed` at the time */
static napi_value get_kernel(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 3, &given)) return NULL;
  module_object *module = argument_object(&given, 0, KIND_MODULE);
  if (module == NULL || !context_enter(&given, module->context)) return NULL;
  char *name = argument_text(env, given.values[1], "name");
  if (name == NULL) return NULL;
  napi_value handle = make_kernel(&given, module, name);
  free(name);
  return handle;
}

static cu_result launch_packed(const arguments *given, const queue_object *queue, const kernel_object *kernel,
                               const launch_head *head) {
  size_t bytes = head->argument_bytes;
  void *packed = (void *)(kernel->packed + sizeof *head);
  void *extra[] = {CU_PARAM_BUFFER, packed, CU_PARAM_BUFFER_BYTES, &bytes, CU_PARAM_END};
  return given->api->launch(kernel->function, head->grid[0], head->grid[1], head->grid[2], head->block[0],
                            head->block[1], head->block[2], head->shared_bytes, queue->stream, NULL, extra);
}

/* launch(queue, kernel) */
static napi_value launch(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 2, &given)) return NULL;
  const queue_object *queue = argument_object(&given, 0, KIND_QUEUE);
  if (queue == NULL) return NULL;
  const kernel_object *kernel = argument_object(&given, 1, KIND_KERNEL);
  if (kernel == NULL) return NULL;
  launch_head head;
  /* Other threads may write there: what is checked is the copy. */
  memcpy(&head, kernel->packed, sizeof head);
  if (head.argument_bytes > kernel->packed_bytes - sizeof head) {
    napi_throw_range_error(env, NULL, "a packed launch has fewer bytes of arguments than it says");
    return NULL;
  }
  bool assumed = driver_entered(queue->context->context);
  if (!assumed && !context_enter(&given, queue->context)) return NULL;
  cu_result result = launch_packed(&given, queue, kernel, &head);
  if (assumed && (result == CU_INVALID_CONTEXT || result == CU_INVALID_HANDLE)) {
    /* Other code of this thread has changed the context: the driver refuses then, and has launched nothing. */
    if (!context_enter(&given, queue->context)) return NULL;
    result = launch_packed(&given, queue, kernel, &head);
  }
  return answer(&given, result, "cuLaunchKernel");
}

const binding kernel_calls[] = {
    {"loadModule", load_module}, {"getKernel", get_kernel}, {"launch", launch}, {NULL, NULL},
};
