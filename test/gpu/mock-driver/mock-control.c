/* The mock as an addon of its own: tests load the same file that they give to the backend as its driver. */
#include <node_api.h>

#include "mock.h"

static napi_value counters(napi_env env, napi_callback_info info) {
  (void)info;
  pthread_mutex_lock(&mock_lock);
  mock_counters now = mock_live;
  pthread_mutex_unlock(&mock_lock);
  const struct {
    const char *name;
    int value;
  } all[] = {
      {"contexts", now.contexts}, {"streams", now.streams}, {"events", now.events},
      {"memory", now.memory},     {"host", now.host},       {"registered", now.registered},
      {"modules", now.modules},   {"launches", now.launches}, {"hostFunctions", now.host_functions},
  };
  napi_value object, number;
  napi_create_object(env, &object);
  for (size_t index = 0; index < sizeof all / sizeof *all; index++) {
    napi_create_int32(env, all[index].value, &number);
    napi_set_named_property(env, object, all[index].name, number);
  }
  return object;
}

/* inject(call, code, count): the next calls of an entry point fail */
static napi_value inject(napi_env env, napi_callback_info info) {
  size_t argc = 3;
  napi_value argv[3];
  char call[48] = "";
  uint32_t code = 0;
  int32_t count = 0;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_value_string_utf8(env, argv[0], call, sizeof call, NULL);
  napi_get_value_uint32(env, argv[1], &code);
  napi_get_value_int32(env, argv[2], &count);
  mock_inject(call, code, count);
  return NULL;
}

/* fail(device, code): its context fails for good; code 0 mends it, as a new process would */
static napi_value fail(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value argv[2];
  uint32_t device = 0, code = 0;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_value_uint32(env, argv[0], &device);
  napi_get_value_uint32(env, argv[1], &code);
  if (device >= DEVICES_MAX) return NULL;
  if (code == 0)
    mock_contexts[device].failed = CU_OK;
  else
    mock_fail(&mock_contexts[device], code);
  return NULL;
}

/* enter(device): what other code of this thread does that makes its context the current one; no argument for none */
static napi_value enter(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value argv[1];
  uint32_t device = DEVICES_MAX;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_value_uint32(env, argv[0], &device);
  mock_current = device < DEVICES_MAX ? &mock_contexts[device] : NULL;
  return NULL;
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback call;
  } calls[] = {{"counters", counters}, {"inject", inject}, {"fail", fail}, {"enter", enter}};
  for (size_t index = 0; index < sizeof calls / sizeof *calls; index++) {
    napi_value function;
    napi_create_function(env, calls[index].name, NAPI_AUTO_LENGTH, calls[index].call, NULL, &function);
    napi_set_named_property(env, exports, calls[index].name, function);
  }
  return exports;
}
