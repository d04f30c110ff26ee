/* Reading arguments and throwing errors: each function of the addon begins with `arguments_read`. */
#ifndef EDMESH_BINDING_H
#define EDMESH_BINDING_H

#include "instance.h"

#define ARGUMENTS_MAX 6

typedef struct {
  napi_env env;
  instance *self;
  const cu_api *api;
  size_t count;
  napi_value values[ARGUMENTS_MAX];
} arguments;

/* Fills in the arguments of a call. False, with an exception, where there are too few or nothing was opened. */
bool arguments_read(napi_env env, napi_callback_info info, size_t count, arguments *given);

/* Each of these throws a TypeError or RangeError that names the argument, and returns false or NULL. */
bool argument_u32(const arguments *given, size_t index, const char *name, uint32_t *value);
bool argument_size(const arguments *given, size_t index, const char *name, size_t *value);
bool argument_bytes(const arguments *given, size_t index, const char *name, uint8_t **data, size_t *bytes);
void *argument_object(const arguments *given, size_t index, object_kind kind);

/* Text of an argument in memory to free. NULL with an exception. */
char *argument_text(napi_env env, napi_value value, const char *name);

/* Throws what the driver answered: an Error {name: 'CudaError', result, resultName, call}. Returns NULL. */
napi_value throw_result(napi_env env, const driver *driver, cu_result result, const char *call, const char *detail);
napi_value throw_memory(napi_env env);

/* Undefined after CU_OK, else an exception. */
napi_value answer(const arguments *given, cu_result result, const char *call);
napi_value answer_number(napi_env env, double value);
/* A handle of a new object. Where there is no room for one the object is left to the caller, with an exception. */
napi_value answer_handle(const arguments *given, object_kind kind, void *object, bool *kept);

bool set_number(napi_env env, napi_value object, const char *name, double value);
bool set_text(napi_env env, napi_value object, const char *name, const char *value);

/* Makes the context of an object the one of this thread; other code of this thread may have changed it. */
bool context_enter(const arguments *given, const context_object *context);

typedef struct {
  const char *name;
  napi_callback call;
} binding;

extern const binding device_calls[], memory_calls[], queue_calls[], kernel_calls[];

#endif
