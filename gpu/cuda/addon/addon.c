/* The addon as Node sees it: one instance per environment, opened on one driver library. */
#include <stdio.h>
#include <stdlib.h>

#include "binding.h"

/* Throws why there is no driver: an Error {name: 'NoCudaDriver', result, resultName, call, library}. */
static napi_value throw_no_driver(napi_env env, const char *library, const driver_problem *problem) {
  char text[1024];
  if (problem->code == CU_OK)
    snprintf(text, sizeof text, "no CUDA driver: %s", problem->text);
  else
    snprintf(text, sizeof text, "no CUDA driver: %s: %s failed: %s (%u)", library, problem->call, problem->text, problem->code);
  napi_value message, error;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) == napi_ok &&
      napi_create_error(env, NULL, message, &error) == napi_ok && set_text(env, error, "name", "NoCudaDriver") &&
      set_number(env, error, "result", problem->code) && set_text(env, error, "library", library))
    napi_throw(env, error);
  return NULL;
}

static napi_value begin(napi_env env, instance *self, const napi_value *values) {
  uint32_t waiters_max, watchdog_ms;
  napi_valuetype type;
  if (napi_typeof(env, values[1], &type) != napi_ok || type != napi_function ||
      napi_get_value_uint32(env, values[2], &waiters_max) != napi_ok || waiters_max == 0 ||
      napi_get_value_uint32(env, values[3], &watchdog_ms) != napi_ok || watchdog_ms == 0) {
    napi_throw_type_error(env, NULL, "open takes a library, a callback, a number of waiter threads and milliseconds");
    return NULL;
  }
  char *library = argument_text(env, values[0], "library");
  if (library == NULL) return NULL;
  driver_problem problem;
  self->driver = driver_open(library, &problem);
  if (self->driver == NULL) throw_no_driver(env, library, &problem);
  free(library);
  if (self->driver == NULL) return NULL;
  napi_value batch, opened;
  self->completions = completions_make(env, self->driver, values[1], waiters_max, watchdog_ms, &batch);
  if (self->completions == NULL) {
    self->driver = NULL;
    return throw_memory(env);
  }
  /* Hooks run in reverse order: this one comes before that of the threadsafe function, which threads may still call. */
  if (napi_add_env_cleanup_hook(env, instance_close, self) != napi_ok || napi_create_object(env, &opened) != napi_ok ||
      !set_number(env, opened, "driverVersion", self->driver->version) ||
      napi_set_named_property(env, opened, "batch", batch) != napi_ok)
    return NULL;
  return opened;
}

/* open(library, callback, waitersMax, watchdogMs): {driverVersion, batch}; see completions.h for callback and batch */
static napi_value open(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value values[4];
  void *data;
  if (napi_get_cb_info(env, info, &count, values, NULL, &data) != napi_ok) return NULL;
  instance *self = data;
  if (count < 4) {
    napi_throw_type_error(env, NULL, "too few arguments");
    return NULL;
  }
  if (self->driver != NULL) {
    napi_throw_error(env, NULL, "a driver is open in this thread already");
    return NULL;
  }
  return begin(env, self, values);
}

/* close(): ends everything; open may be called again */
static napi_value close_instance(napi_env env, napi_callback_info info) {
  void *data;
  if (napi_get_cb_info(env, info, NULL, NULL, NULL, &data) != napi_ok) return NULL;
  instance *self = data;
  if (self->completions == NULL) return NULL;
  napi_remove_env_cleanup_hook(env, instance_close, self);
  instance_close(self);
  return NULL;
}

static void free_instance(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  instance *self = data;
  free(self->slots);
  free(self->free_slots);
  free(self);
}

static bool define(napi_env env, napi_value exports, instance *self, const binding *calls) {
  for (; calls->name != NULL; calls++) {
    napi_value function;
    if (napi_create_function(env, calls->name, NAPI_AUTO_LENGTH, calls->call, self, &function) != napi_ok ||
        napi_set_named_property(env, exports, calls->name, function) != napi_ok)
      return false;
  }
  return true;
}

NAPI_MODULE_INIT() {
  static const binding own_calls[] = {{"open", open}, {"close", close_instance}, {NULL, NULL}};
  instance *self = calloc(1, sizeof *self);
  if (self == NULL) return throw_memory(env);
  self->env = env;
  if (napi_set_instance_data(env, self, free_instance, NULL) != napi_ok) {
    free(self);
    return NULL;
  }
  if (!define(env, exports, self, own_calls) || !define(env, exports, self, device_calls) ||
      !define(env, exports, self, memory_calls) || !define(env, exports, self, queue_calls) ||
      !define(env, exports, self, kernel_calls))
    return NULL;
  return exports;
}
