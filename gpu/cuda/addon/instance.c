#include "instance.h"

#include <stdlib.h>
#include <time.h>

#define SLOT_BITS 20u
#define SLOT_MASK ((1u << SLOT_BITS) - 1u)
#define GENERATIONS (1u << (32u - SLOT_BITS))

/* How long the end of an environment waits for work on the devices. */
#define CLOSE_WAIT_NS 2000000000u

static bool grow_slots(instance *self) {
  uint32_t capacity = self->slot_capacity == 0 ? 256 : 2 * self->slot_capacity;
  if (capacity > SLOT_MASK + 1) return false;
  slot *slots = realloc(self->slots, capacity * sizeof *slots);
  if (slots == NULL) return false;
  self->slots = slots;
  uint32_t *free_slots = realloc(self->free_slots, capacity * sizeof *free_slots);
  if (free_slots == NULL) return false;
  self->free_slots = free_slots;
  self->slot_capacity = capacity;
  return true;
}

uint32_t handle_make(instance *self, object_kind kind, void *object) {
  uint32_t index;
  if (self->free_count > 0) {
    index = self->free_slots[--self->free_count];
  } else {
    if (self->slot_count == self->slot_capacity && !grow_slots(self)) return 0;
    index = self->slot_count++;
    /* Generation 0 is left out, so that no handle is 0. */
    self->slots[index].generation = 1;
  }
  slot *made = &self->slots[index];
  made->kind = kind;
  made->object = object;
  return made->generation << SLOT_BITS | index;
}

static slot *slot_of(const instance *self, uint32_t handle) {
  uint32_t index = handle & SLOT_MASK;
  if (index >= self->slot_count) return NULL;
  slot *found = &self->slots[index];
  return found->kind != KIND_NONE && found->generation == handle >> SLOT_BITS ? found : NULL;
}

void *handle_object(const instance *self, uint32_t handle, object_kind kind) {
  const slot *found = slot_of(self, handle);
  return found != NULL && found->kind == kind ? found->object : NULL;
}

bool handle_lives(const instance *self, uint32_t handle) { return slot_of(self, handle) != NULL; }

void context_leave(const driver *driver, context_object *context) {
  if (--context->users > 0) return;
  driver_forget(context->context);
  driver->api.context_release(context->device);
  free(context);
}

static cu_result module_leave(const driver *driver, module_object *module) {
  if (--module->users > 0) return CU_OK;
  driver_enter(driver, module->context->context);
  cu_result result = driver->api.module_unload(module->module);
  context_leave(driver, module->context);
  free(module);
  return result;
}

static cu_result end_event(const driver *driver, event_object *event) {
  driver_enter(driver, event->context->context);
  cu_result result = driver->api.event_destroy(event->event);
  context_leave(driver, event->context);
  free(event);
  return result;
}

static cu_result end_memory(const driver *driver, memory_object *memory) {
  driver_enter(driver, memory->context->context);
  cu_result result = driver->api.memory_free(memory->address);
  context_leave(driver, memory->context);
  free(memory);
  return result;
}

static cu_result end_pinned(napi_env env, const driver *driver, pinned_object *pinned) {
  driver_enter(driver, pinned->context->context);
  cu_result result = driver->api.host_unregister(pinned->address);
  context_leave(driver, pinned->context);
  napi_delete_reference(env, pinned->view);
  free(pinned);
  return result;
}

static cu_result end_object(instance *self, object_kind kind, void *object, const char **call) {
  const driver *driver = self->driver;
  switch (kind) {
    case KIND_CONTEXT:
      context_leave(driver, object);
      return CU_OK;
    case KIND_QUEUE:
      *call = "cuStreamDestroy";
      return queue_leave(object);
    case KIND_EVENT:
      *call = "cuEventDestroy";
      return end_event(driver, object);
    case KIND_MEMORY:
      *call = "cuMemFree";
      return end_memory(driver, object);
    case KIND_PINNED:
      *call = "cuMemHostUnregister";
      return end_pinned(self->env, driver, object);
    case KIND_MODULE:
      *call = "cuModuleUnload";
      return module_leave(driver, object);
    case KIND_KERNEL: {
      *call = "cuModuleUnload";
      kernel_object *kernel = object;
      cu_result result = module_leave(driver, kernel->module);
      napi_delete_reference(self->env, kernel->packed_view);
      free(kernel);
      return result;
    }
    case KIND_NONE:
      break;
  }
  return CU_OK;
}

static void clear_slot(instance *self, uint32_t index) {
  slot *found = &self->slots[index];
  found->kind = KIND_NONE;
  found->generation = found->generation + 1 == GENERATIONS ? 1 : found->generation + 1;
  self->free_slots[self->free_count++] = index;
}

cu_result handle_destroy(instance *self, uint32_t handle, const char **call) {
  slot *found = slot_of(self, handle);
  if (found == NULL) return CU_OK;
  object_kind kind = found->kind;
  void *object = found->object;
  clear_slot(self, handle & SLOT_MASK);
  return end_object(self, kind, object, call);
}

void host_block_link(instance *self, host_block *block) {
  block->next = self->host_blocks;
  block->link = &self->host_blocks;
  if (block->next != NULL) block->next->link = &block->next;
  self->host_blocks = block;
}

cu_result host_block_free(host_block *block) {
  if (block->address == NULL) return CU_OK;
  *block->link = block->next;
  if (block->next != NULL) block->next->link = block->link;
  driver_enter(block->driver, block->context->context);
  cu_result result = block->driver->api.host_free(block->address);
  block->address = NULL;
  context_leave(block->driver, block->context);
  return result;
}

/* Whether all queues have run dry (or failed) before a point in time. */
static bool wait_for_queues(instance *self, uint64_t until_ns) {
  const cu_api *api = &self->driver->api;
  for (const queue_object *queue = self->completions->queues; queue != NULL; queue = queue->next) {
    driver_enter(self->driver, queue->current);
    while (api->stream_query(queue->stream) == CU_NOT_READY) {
      if (monotonic_ns() > until_ns) return false;
      nanosleep(&(struct timespec){0, 200000}, NULL);
    }
  }
  return true;
}

/* Clears all slots of a kind, and destroys what is in them unless it is to be left behind. */
static void end_all(instance *self, object_kind kind, bool destroy) {
  const char *call;
  for (uint32_t index = 0; index < self->slot_count; index++) {
    if (self->slots[index].kind != kind) continue;
    void *object = self->slots[index].object;
    clear_slot(self, index);
    if (destroy) end_object(self, kind, object, &call);
  }
}

void instance_close(void *data) {
  instance *self = data;
  if (self->completions == NULL) return;
  uint64_t until_ns = monotonic_ns() + CLOSE_WAIT_NS;
  bool idle = wait_for_queues(self, until_ns);
  completions_close(self->completions, until_ns);
  /* Giving memory back would wait for what still runs, for ever perhaps: it is left to the end of the process. */
  end_all(self, KIND_QUEUE, false);
  while (idle && self->completions->queues != NULL) queue_end(self->completions->queues);
  static const object_kind order[] = {KIND_KERNEL, KIND_MODULE, KIND_EVENT, KIND_MEMORY, KIND_PINNED, KIND_CONTEXT};
  for (size_t index = 0; index < sizeof order / sizeof *order; index++) end_all(self, order[index], idle);
  for (host_block *block = self->host_blocks, *next; block != NULL; block = next) {
    next = block->next;
    if (idle) host_block_free(block);
    block->address = NULL;
  }
  completions_release(self->completions);
  self->completions = NULL;
  self->driver = NULL;
}
