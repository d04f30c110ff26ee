/* Devices and their primary contexts. */
#include <stdlib.h>

#include "binding.h"

static napi_value device_count(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 0, &given)) return NULL;
  int count = 0;
  cu_result result = given.api->device_count(&count);
  return result == CU_OK ? answer_number(env, count) : answer(&given, result, "cuDeviceGetCount");
}

/* deviceInfo(index): {name, totalBytes, major, minor, multiprocessors} */
static napi_value device_info(napi_env env, napi_callback_info info) {
  arguments given;
  uint32_t index;
  if (!arguments_read(env, info, 1, &given) || !argument_u32(&given, 0, "device", &index)) return NULL;
  const cu_api *api = given.api;
  cu_device device;
  cu_result result = api->device_get(&device, (int)index);
  if (result != CU_OK) return answer(&given, result, "cuDeviceGet");
  char name[256] = "";
  size_t total = 0;
  int major = 0, minor = 0, multiprocessors = 0;
  if ((result = api->device_name(name, sizeof name, device)) != CU_OK) return answer(&given, result, "cuDeviceGetName");
  if ((result = api->device_memory(&total, device)) != CU_OK) return answer(&given, result, "cuDeviceTotalMem");
  if ((result = api->device_attribute(&major, CU_ATTRIBUTE_MAJOR, device)) != CU_OK ||
      (result = api->device_attribute(&minor, CU_ATTRIBUTE_MINOR, device)) != CU_OK ||
      (result = api->device_attribute(&multiprocessors, CU_ATTRIBUTE_MULTIPROCESSORS, device)) != CU_OK)
    return answer(&given, result, "cuDeviceGetAttribute");
  napi_value object;
  name[sizeof name - 1] = '\0';
  if (napi_create_object(env, &object) != napi_ok || !set_text(env, object, "name", name) ||
      !set_number(env, object, "totalBytes", (double)total) || !set_number(env, object, "major", major) ||
      !set_number(env, object, "minor", minor) || !set_number(env, object, "multiprocessors", multiprocessors))
    return NULL;
  return object;
}

/* openContext(device): handle of its primary context */
static napi_value open_context(napi_env env, napi_callback_info info) {
  arguments given;
  uint32_t index;
  if (!arguments_read(env, info, 1, &given) || !argument_u32(&given, 0, "device", &index)) return NULL;
  context_object *context = calloc(1, sizeof *context);
  if (context == NULL) return throw_memory(env);
  context->users = 1;
  const char *call = "cuDeviceGet";
  cu_result result = given.api->device_get(&context->device, (int)index);
  if (result == CU_OK) {
    call = "cuDevicePrimaryCtxRetain";
    result = given.api->context_retain(&context->context, context->device);
  }
  if (result != CU_OK) {
    free(context);
    return answer(&given, result, call);
  }
  bool kept;
  napi_value handle = answer_handle(&given, KIND_CONTEXT, context, &kept);
  if (!kept) context_leave(given.self->driver, context);
  return handle;
}

/* memoryInfo(context): {freeBytes, totalBytes} */
static napi_value memory_info(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 1, &given)) return NULL;
  context_object *context = argument_object(&given, 0, KIND_CONTEXT);
  if (context == NULL || !context_enter(&given, context)) return NULL;
  size_t free_bytes = 0, total = 0;
  cu_result result = given.api->memory_info(&free_bytes, &total);
  if (result != CU_OK) return answer(&given, result, "cuMemGetInfo");
  napi_value object;
  if (napi_create_object(env, &object) != napi_ok || !set_number(env, object, "freeBytes", (double)free_bytes) ||
      !set_number(env, object, "totalBytes", (double)total))
    return NULL;
  return object;
}

/* resultName(code) and resultText(code): what the driver calls and says about an error */
static napi_value result_words(napi_env env, napi_callback_info info, const char *(*words)(const driver *, cu_result)) {
  arguments given;
  uint32_t code;
  if (!arguments_read(env, info, 1, &given) || !argument_u32(&given, 0, "code", &code)) return NULL;
  napi_value text;
  const char *found = words(given.self->driver, code);
  return napi_create_string_utf8(env, found, NAPI_AUTO_LENGTH, &text) == napi_ok ? text : NULL;
}

static napi_value result_name(napi_env env, napi_callback_info info) {
  return result_words(env, info, driver_error_name);
}

static napi_value result_text(napi_env env, napi_callback_info info) {
  return result_words(env, info, driver_error_text);
}

/* destroy(handle): true where there was something behind it */
static napi_value destroy(napi_env env, napi_callback_info info) {
  arguments given;
  uint32_t handle;
  if (!arguments_read(env, info, 1, &given) || !argument_u32(&given, 0, "handle", &handle)) return NULL;
  napi_value lived;
  bool lives = handle_lives(given.self, handle);
  const char *call = "destroy";
  cu_result result = handle_destroy(given.self, handle, &call);
  if (result != CU_OK) return answer(&given, result, call);
  return napi_get_boolean(env, lives, &lived) == napi_ok ? lived : NULL;
}

const binding device_calls[] = {
    {"deviceCount", device_count}, {"deviceInfo", device_info}, {"openContext", open_context},
    {"memoryInfo", memory_info},   {"resultName", result_name}, {"resultText", result_text},
    {"destroy", destroy},          {NULL, NULL},
};
