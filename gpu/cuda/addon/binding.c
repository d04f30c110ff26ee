#include "binding.h"

#include <stdio.h>
#include <stdlib.h>

bool arguments_read(napi_env env, napi_callback_info info, size_t count, arguments *given) {
  given->env = env;
  given->count = count;
  void *data;
  if (napi_get_cb_info(env, info, &given->count, given->values, NULL, &data) != napi_ok) return false;
  given->self = data;
  if (given->self->driver == NULL) {
    napi_throw_error(env, NULL, "no CUDA driver is open: call open first");
    return false;
  }
  given->api = &given->self->driver->api;
  if (given->count >= count) return true;
  napi_throw_type_error(env, NULL, "too few arguments");
  return false;
}

static bool refuse(napi_env env, const char *name, const char *wanted) {
  char text[128];
  snprintf(text, sizeof text, "%s must be %s", name, wanted);
  napi_throw_type_error(env, NULL, text);
  return false;
}

bool argument_u32(const arguments *given, size_t index, const char *name, uint32_t *value) {
  return napi_get_value_uint32(given->env, given->values[index], value) == napi_ok ||
         refuse(given->env, name, "an integer of 32 bits");
}

bool argument_size(const arguments *given, size_t index, const char *name, size_t *value) {
  double number;
  if (napi_get_value_double(given->env, given->values[index], &number) != napi_ok || !(number >= 0) ||
      number > 9007199254740991.0)
    return refuse(given->env, name, "a number of bytes");
  *value = (size_t)number;
  return (double)*value == number || refuse(given->env, name, "a whole number of bytes");
}

static size_t element_bytes(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return 1;
    case napi_int16_array:
    case napi_uint16_array:
      return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return 4;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array:
      return 8;
  }
  return 0;
}

bool argument_bytes(const arguments *given, size_t index, const char *name, uint8_t **data, size_t *bytes) {
  napi_env env = given->env;
  napi_typedarray_type type;
  size_t length;
  if (napi_get_typedarray_info(env, given->values[index], &type, &length, (void **)data, NULL, NULL) == napi_ok) {
    size_t each = element_bytes(type);
    *bytes = length * each;
    return each > 0 || refuse(env, name, "a typed array of a known element type");
  }
  bool view;
  if (napi_is_dataview(env, given->values[index], &view) == napi_ok && view &&
      napi_get_dataview_info(env, given->values[index], bytes, (void **)data, NULL, NULL) == napi_ok)
    return true;
  return refuse(env, name, "a typed array or DataView");
}

static const char *const kind_names[] = {"object", "context", "queue",  "event",
                                         "device memory", "pinned memory", "module", "kernel"};

void *argument_object(const arguments *given, size_t index, object_kind kind) {
  uint32_t handle;
  if (!argument_u32(given, index, kind_names[kind], &handle)) return NULL;
  void *object = handle_object(given->self, handle, kind);
  if (object == NULL) {
    char text[128];
    snprintf(text, sizeof text, "this %s was closed, or is none", kind_names[kind]);
    napi_throw_range_error(given->env, NULL, text);
  }
  return object;
}

char *argument_text(napi_env env, napi_value value, const char *name) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) {
    refuse(env, name, "a string");
    return NULL;
  }
  char *text = malloc(length + 1);
  if (text == NULL)
    throw_memory(env);
  else
    napi_get_value_string_utf8(env, value, text, length + 1, NULL);
  return text;
}

bool set_number(napi_env env, napi_value object, const char *name, double value) {
  napi_value number;
  return napi_create_double(env, value, &number) == napi_ok &&
         napi_set_named_property(env, object, name, number) == napi_ok;
}

bool set_text(napi_env env, napi_value object, const char *name, const char *value) {
  napi_value text;
  return napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &text) == napi_ok &&
         napi_set_named_property(env, object, name, text) == napi_ok;
}

napi_value throw_result(napi_env env, const driver *driver, cu_result result, const char *call, const char *detail) {
  char text[8192];
  const char *name = driver_error_name(driver, result);
  int length = snprintf(text, sizeof text, "%s: %s (%u): %s%s%s", call, name, result, driver_error_text(driver, result),
                        detail == NULL || *detail == '\0' ? "" : "\n", detail == NULL ? "" : detail);
  napi_value message, error;
  if (length < 0 || napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) != napi_ok ||
      napi_create_error(env, NULL, message, &error) != napi_ok || !set_text(env, error, "name", "CudaError") ||
      !set_number(env, error, "result", result) || !set_text(env, error, "resultName", name) ||
      !set_text(env, error, "call", call))
    return NULL;
  napi_throw(env, error);
  return NULL;
}

napi_value throw_memory(napi_env env) {
  napi_throw_error(env, NULL, "no memory for the records of the addon");
  return NULL;
}

napi_value answer(const arguments *given, cu_result result, const char *call) {
  if (result != CU_OK) throw_result(given->env, given->self->driver, result, call, NULL);
  return NULL;
}

napi_value answer_number(napi_env env, double value) {
  napi_value number;
  return napi_create_double(env, value, &number) == napi_ok ? number : NULL;
}

napi_value answer_handle(const arguments *given, object_kind kind, void *object, bool *kept) {
  uint32_t handle = handle_make(given->self, kind, object);
  *kept = handle != 0;
  if (!*kept) return throw_memory(given->env);
  napi_value value;
  return napi_create_uint32(given->env, handle, &value) == napi_ok ? value : NULL;
}

bool context_enter(const arguments *given, const context_object *context) {
  cu_result result = driver_enter(given->self->driver, context->context);
  if (result != CU_OK) throw_result(given->env, given->self->driver, result, "cuCtxSetCurrent", NULL);
  return result == CU_OK;
}
