/* Device memory, pinned host memory, and transfers between them. */
#include <stdlib.h>

#include "binding.h"

/* allocate(context, bytes): {handle, address} */
static napi_value allocate(napi_env env, napi_callback_info info) {
  arguments given;
  size_t bytes;
  if (!arguments_read(env, info, 2, &given) || !argument_size(&given, 1, "bytes", &bytes)) return NULL;
  context_object *context = argument_object(&given, 0, KIND_CONTEXT);
  if (context == NULL || !context_enter(&given, context)) return NULL;
  memory_object *memory = calloc(1, sizeof *memory);
  if (memory == NULL) return throw_memory(env);
  cu_result result = given.api->memory_allocate(&memory->address, bytes);
  if (result != CU_OK) {
    free(memory);
    return answer(&given, result, "cuMemAlloc");
  }
  memory->context = context;
  memory->bytes = bytes;
  double address = (double)memory->address;
  bool kept;
  napi_value handle = answer_handle(&given, KIND_MEMORY, memory, &kept);
  if (!kept) {
    given.api->memory_free(memory->address);
    free(memory);
    return NULL;
  }
  context->users++;
  napi_value object;
  if (handle == NULL || napi_create_object(env, &object) != napi_ok ||
      napi_set_named_property(env, object, "handle", handle) != napi_ok || !set_number(env, object, "address", address))
    return NULL;
  return object;
}

/* Called when the ArrayBuffer is collected or was detached; the memory may be gone already. */
static void finalize_host(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  host_block *block = hint;
  host_block_free(block);
  free(block);
}

/* allocateHost(context, bytes): ArrayBuffer over pinned memory */
static napi_value allocate_host(napi_env env, napi_callback_info info) {
  arguments given;
  size_t bytes;
  if (!arguments_read(env, info, 2, &given) || !argument_size(&given, 1, "bytes", &bytes)) return NULL;
  context_object *context = argument_object(&given, 0, KIND_CONTEXT);
  if (context == NULL || !context_enter(&given, context)) return NULL;
  host_block *block = calloc(1, sizeof *block);
  if (block == NULL) return throw_memory(env);
  cu_result result = given.api->host_allocate(&block->address, bytes, CU_MEMHOSTALLOC_PORTABLE_FLAG);
  if (result != CU_OK) {
    free(block);
    return answer(&given, result, "cuMemHostAlloc");
  }
  block->driver = given.self->driver;
  block->context = context;
  context->users++;
  host_block_link(given.self, block);
  napi_value buffer;
  if (napi_create_external_arraybuffer(env, block->address, bytes, finalize_host, block, &buffer) == napi_ok) return buffer;
  host_block_free(block);
  free(block);
  napi_throw_error(env, NULL, "this Node cannot have buffers outside of its heap; use registered memory");
  return NULL;
}

/* freeHost(buffer): frees what allocateHost gave; the buffer is detached, so that nothing reads it any more */
static napi_value free_host(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 1, &given)) return NULL;
  void *data;
  size_t bytes;
  if (napi_get_arraybuffer_info(env, given.values[0], &data, &bytes) != napi_ok) {
    napi_throw_type_error(env, NULL, "buffer must be an ArrayBuffer");
    return NULL;
  }
  host_block *block = given.self->host_blocks;
  while (block != NULL && block->address != data) block = block->next;
  if (block == NULL || data == NULL) {
    napi_throw_range_error(env, NULL, "this buffer is no pinned memory, or was freed");
    return NULL;
  }
  if (napi_detach_arraybuffer(env, given.values[0]) != napi_ok) {
    napi_throw_error(env, NULL, "the buffer cannot be detached");
    return NULL;
  }
  /* The finalizer may have run by now, or runs later: the address says which. */
  for (host_block *left = given.self->host_blocks; left != NULL; left = left->next)
    if (left == block) return answer(&given, host_block_free(block), "cuMemFreeHost");
  return NULL;
}

/* register(context, view): handle, by which destroy unpins the memory again */
static napi_value register_host(napi_env env, napi_callback_info info) {
  arguments given;
  uint8_t *data;
  size_t bytes;
  if (!arguments_read(env, info, 2, &given) || !argument_bytes(&given, 1, "view", &data, &bytes)) return NULL;
  context_object *context = argument_object(&given, 0, KIND_CONTEXT);
  if (context == NULL || !context_enter(&given, context)) return NULL;
  pinned_object *pinned = calloc(1, sizeof *pinned);
  if (pinned == NULL) return throw_memory(env);
  pinned->address = data;
  if (napi_create_reference(env, given.values[1], 1, &pinned->view) != napi_ok) {
    free(pinned);
    return throw_memory(env);
  }
  cu_result result = given.api->host_register(data, bytes, CU_MEMHOSTREGISTER_PORTABLE_FLAG);
  bool kept = false;
  napi_value handle = NULL;
  if (result == CU_OK) {
    pinned->context = context;
    handle = answer_handle(&given, KIND_PINNED, pinned, &kept);
    if (!kept) given.api->host_unregister(data);
  }
  if (kept) {
    context->users++;
    return handle;
  }
  napi_delete_reference(env, pinned->view);
  free(pinned);
  return answer(&given, result, "cuMemHostRegister");
}

/* addressOf(view): where its bytes are, to find whole pages in it */
static napi_value address_of(napi_env env, napi_callback_info info) {
  arguments given;
  uint8_t *data;
  size_t bytes;
  if (!arguments_read(env, info, 1, &given) || !argument_bytes(&given, 0, "view", &data, &bytes)) return NULL;
  return answer_number(env, (double)(uintptr_t)data);
}

static bool in_range(const arguments *given, const memory_object *memory, size_t offset, size_t bytes) {
  if (offset <= memory->bytes && bytes <= memory->bytes - offset) return true;
  napi_throw_range_error(given->env, NULL, "the range is outside of the device memory");
  return false;
}

typedef struct {
  queue_object *queue;
  memory_object *memory;
  size_t offset, bytes;
  uint8_t *data;
} transfer;

/* (queue, memory, offset, view) */
static bool read_transfer(arguments *given, napi_env env, napi_callback_info info, transfer *made) {
  return arguments_read(env, info, 4, given) && (made->queue = argument_object(given, 0, KIND_QUEUE)) != NULL &&
         (made->memory = argument_object(given, 1, KIND_MEMORY)) != NULL &&
         argument_size(given, 2, "offset", &made->offset) &&
         argument_bytes(given, 3, "view", &made->data, &made->bytes) &&
         in_range(given, made->memory, made->offset, made->bytes) && context_enter(given, made->queue->context);
}

/* upload(queue, memory, offset, view): puts the copy into the queue */
static napi_value upload(napi_env env, napi_callback_info info) {
  arguments given;
  transfer made;
  if (!read_transfer(&given, env, info, &made)) return NULL;
  cu_pointer target = made.memory->address + made.offset;
  return answer(&given, given.api->copy_up(target, made.data, made.bytes, made.queue->stream), "cuMemcpyHtoDAsync");
}

/* download(queue, memory, offset, view): puts the copy into the queue */
static napi_value download(napi_env env, napi_callback_info info) {
  arguments given;
  transfer made;
  if (!read_transfer(&given, env, info, &made)) return NULL;
  cu_pointer source = made.memory->address + made.offset;
  return answer(&given, given.api->copy_down(made.data, source, made.bytes, made.queue->stream), "cuMemcpyDtoHAsync");
}

/* copy(queue, target, targetOffset, source, sourceOffset, bytes) */
static napi_value copy(napi_env env, napi_callback_info info) {
  arguments given;
  size_t to, from, bytes;
  if (!arguments_read(env, info, 6, &given)) return NULL;
  queue_object *queue = argument_object(&given, 0, KIND_QUEUE);
  if (queue == NULL) return NULL;
  memory_object *target = argument_object(&given, 1, KIND_MEMORY);
  if (target == NULL) return NULL;
  memory_object *source = argument_object(&given, 3, KIND_MEMORY);
  if (source == NULL || !argument_size(&given, 2, "targetOffset", &to) || !argument_size(&given, 4, "sourceOffset", &from) ||
      !argument_size(&given, 5, "bytes", &bytes) || !in_range(&given, target, to, bytes) ||
      !in_range(&given, source, from, bytes) || !context_enter(&given, queue->context))
    return NULL;
  cu_result result = given.api->copy_across(target->address + to, source->address + from, bytes, queue->stream);
  return answer(&given, result, "cuMemcpyDtoDAsync");
}

/* fill(queue, memory, offset, bytes, value): the same byte everywhere */
static napi_value fill(napi_env env, napi_callback_info info) {
  arguments given;
  size_t offset, bytes;
  uint32_t value;
  if (!arguments_read(env, info, 5, &given)) return NULL;
  queue_object *queue = argument_object(&given, 0, KIND_QUEUE);
  if (queue == NULL) return NULL;
  memory_object *memory = argument_object(&given, 1, KIND_MEMORY);
  if (memory == NULL || !argument_size(&given, 2, "offset", &offset) || !argument_size(&given, 3, "bytes", &bytes) ||
      !argument_u32(&given, 4, "value", &value) || !in_range(&given, memory, offset, bytes) ||
      !context_enter(&given, queue->context))
    return NULL;
  cu_result result = given.api->fill(memory->address + offset, (unsigned char)value, bytes, queue->stream);
  return answer(&given, result, "cuMemsetD8Async");
}

const binding memory_calls[] = {
    {"allocate", allocate}, {"allocateHost", allocate_host}, {"freeHost", free_host}, {"register", register_host},
    {"addressOf", address_of}, {"upload", upload}, {"download", download}, {"copy", copy}, {"fill", fill}, {NULL, NULL},
};
