/* What one Node environment (the main thread, or a worker) owns in the addon: a driver, and objects behind handles. */
#ifndef EDMESH_INSTANCE_H
#define EDMESH_INSTANCE_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#include "completions.h"
#include "driver.h"

typedef enum {
  KIND_NONE = 0,
  KIND_CONTEXT,
  KIND_QUEUE,
  KIND_EVENT,
  KIND_MEMORY,
  KIND_PINNED,
  KIND_MODULE,
  KIND_KERNEL,
} object_kind;

/* The primary context of a device. What is made in it is a user of it, so that it outlives what is in it. */
typedef struct context_object {
  cu_context context;
  cu_device device;
  uint32_t users;
} context_object;

typedef struct {
  context_object *context;
  cu_event event;
} event_object;

typedef struct {
  context_object *context;
  cu_pointer address;
  size_t bytes;
} memory_object;

/* Memory of JavaScript that the driver has pinned. The reference keeps it from being collected. */
typedef struct {
  context_object *context;
  void *address;
  napi_ref view;
} pinned_object;

typedef struct {
  context_object *context;
  cu_module module;
  uint32_t users;
} module_object;

/* A kernel, and where its launches are packed: shared memory, which nobody can detach, and the reference keeps it. */
typedef struct {
  module_object *module;
  cu_function function;
  const uint8_t *packed;
  size_t packed_bytes;
  napi_ref packed_view;
} kernel_object;

/* Pinned memory of the driver behind an ArrayBuffer, whose finalizer may run after the instance has ended. */
typedef struct host_block {
  const driver *driver;
  context_object *context;
  void *address;
  struct host_block *next, **link;
} host_block;

typedef struct {
  object_kind kind;
  uint32_t generation;
  void *object;
} slot;

typedef struct instance {
  napi_env env;
  const driver *driver;
  completions *completions;
  host_block *host_blocks;
  slot *slots;
  uint32_t slot_count, slot_capacity;
  uint32_t *free_slots, free_count;
} instance;

/* A handle is a slot (20 bits) and a generation (12 bits), so that a stale one is refused. 0: there is no room. */
uint32_t handle_make(instance *self, object_kind kind, void *object);
/* The object behind a handle; NULL where it is of another kind or was destroyed. */
void *handle_object(const instance *self, uint32_t handle, object_kind kind);
/* Destroys what is behind a handle. A result other than CU_OK is the driver's for `call`; the object is gone anyway. */
cu_result handle_destroy(instance *self, uint32_t handle, const char **call);
/* Whether there is something behind a handle. */
bool handle_lives(const instance *self, uint32_t handle);

/* One user of a context less; the last one gives it back to the driver. */
void context_leave(const driver *driver, context_object *context);

void host_block_link(instance *self, host_block *block);
/* Frees the memory, once; the record itself is the finalizer's to free. */
cu_result host_block_free(host_block *block);

/* Destroys everything at the end of the environment. Waits a bounded time for work that still runs. */
void instance_close(void *self);

#endif
