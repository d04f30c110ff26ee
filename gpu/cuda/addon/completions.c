#include "completions.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Room for one more than `count` in a list that doubles. */
static bool grow(void **items, uint32_t count, uint32_t *capacity, size_t item_bytes) {
  if (count < *capacity) return true;
  uint32_t wanted = *capacity == 0 ? 64 : 2 * *capacity;
  void *grown = realloc(*items, wanted * item_bytes);
  if (grown == NULL) return false;
  *items = grown;
  *capacity = wanted;
  return true;
}

/* A place may end when no memory can be had, so the room in which it is told is made when it is asked for. */
static bool reserve(completions *self) {
  while (self->ended.capacity <= self->pending)
    if (!grow((void **)&self->ended.items, self->ended.capacity, &self->ended.capacity, sizeof(ended_place))) return false;
  while (self->drained.capacity <= self->pending)
    if (!grow((void **)&self->drained.items, self->drained.capacity, &self->drained.capacity, sizeof(ended_place)))
      return false;
  return true;
}

void completions_deliver(completions *self, queue_object *queue, uint32_t id, cu_result status, uint64_t began_ns) {
  if (self->closing) return;
  self->ended.items[self->ended.count++] = (ended_place){id, status, queue};
  self->delivered++;
  if (!self->woken && self->wake != NULL) {
    self->woken = true;
    if (napi_call_threadsafe_function(self->wake, NULL, napi_tsfn_nonblocking) != napi_ok) self->woken = false;
  }
  uint64_t spent = monotonic_ns() - began_ns;
  self->foreign_ns += spent;
  if (spent > self->foreign_ns_max) self->foreign_ns_max = spent;
}

/* Takes over everything that has ended: one exchange of two lists under the lock. */
static void drain(completions *self) {
  pthread_mutex_lock(&self->lock);
  ended_list ended = self->ended;
  self->ended = self->drained;
  self->ended.count = 0;
  self->drained = ended;
  self->woken = false;
  pthread_mutex_unlock(&self->lock);
}

static void tell(napi_env env, napi_value callback, void *context, void *data) {
  (void)data;
  completions *self = context;
  napi_value receiver;
  if (env == NULL || callback == NULL || napi_get_undefined(env, &receiver) != napi_ok) return;
  drain(self);
  for (uint32_t begin = 0, size; begin < self->drained.count; begin += size) {
    size = self->drained.count - begin < BATCH_PLACES ? self->drained.count - begin : BATCH_PLACES;
    for (uint32_t index = 0; index < size; index++) {
      const ended_place *place = &self->drained.items[begin + index];
      self->batch_words[2 * index] = place->id;
      self->batch_words[2 * index + 1] = place->status;
      queue_leave(place->queue);
    }
    self->pending -= size;
    self->batches++;
    napi_value count;
    if (napi_create_uint32(env, size, &count) == napi_ok) napi_call_function(env, receiver, callback, 1, &count, NULL);
  }
  self->drained.count = 0;
  /* Nothing to wait for: the process may end. */
  if (self->pending == 0 && self->wake != NULL) napi_unref_threadsafe_function(env, self->wake);
}

static bool make_batch(completions *self, napi_value *batch) {
  napi_value buffer;
  return napi_create_arraybuffer(self->env, BATCH_PLACES * 8u, (void **)&self->batch_words, &buffer) == napi_ok &&
         napi_create_typedarray(self->env, napi_uint32_array, 2u * BATCH_PLACES, buffer, 0, batch) == napi_ok &&
         napi_create_reference(self->env, *batch, 1, &self->batch) == napi_ok;
}

completions *completions_make(napi_env env, const driver *driver, napi_value callback, uint32_t waiters_max,
                              uint32_t watchdog_ms, napi_value *batch) {
  completions *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  *self = (completions){.driver = driver, .users = 1, .waiters_max = waiters_max, .env = env};
  self->watchdog_ns = (uint64_t)watchdog_ms * 1000000u;
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&self->lock, NULL);
  pthread_cond_init(&self->work, &monotonic);
  pthread_cond_init(&self->quiet, &monotonic);
  pthread_cond_init(&self->alarm, &monotonic);
  pthread_condattr_destroy(&monotonic);
  napi_value name;
  if (make_batch(self, batch) && napi_create_string_utf8(env, "edmesh cuda", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_threadsafe_function(env, callback, NULL, name, 0, 1, NULL, NULL, self, tell, &self->wake) == napi_ok &&
      napi_unref_threadsafe_function(env, self->wake) == napi_ok)
    return self;
  completions_release(self);
  return NULL;
}

static cu_result ask_waiter(completions *self, queue_object *queue, uint32_t id, const char **call) {
  const cu_api *api = &self->driver->api;
  pthread_mutex_lock(&self->lock);
  cu_event event = queue->spare_count > 0 ? queue->spare_events[--queue->spare_count] : NULL;
  pthread_mutex_unlock(&self->lock);
  cu_result result = CU_OK;
  if (event == NULL) {
    *call = "cuEventCreate";
    result = api->event_create(&event, CU_EVENT_BLOCKING_SYNC_FLAG | CU_EVENT_DISABLE_TIMING_FLAG);
    if (result != CU_OK) return result;
  }
  *call = "cuEventRecord";
  result = api->event_record(event, queue->stream);
  pthread_mutex_lock(&self->lock);
  if (result == CU_OK && queue_reserve(queue)) {
    uint32_t at = (queue->first + queue->count++) % queue->capacity;
    queue->places[at] = (pending_place){id, event, 0};
    if (!waiters_schedule(self, queue)) {
      queue->count--;
      *call = "pthread_create";
      result = CU_OUT_OF_MEMORY;
    }
  } else if (result == CU_OK) {
    *call = "malloc";
    result = CU_OUT_OF_MEMORY;
  }
  if (result != CU_OK) queue_keep_event(queue, event);
  pthread_mutex_unlock(&self->lock);
  return result;
}

static cu_result ask_host_function(completions *self, queue_object *queue, uint32_t id, const char **call) {
  *call = "cuLaunchHostFunc";
  pthread_mutex_lock(&self->lock);
  bool reserved = queue_reserve(queue) && watchdog_start(self);
  if (reserved) {
    uint32_t at = (queue->first + queue->count++) % queue->capacity;
    queue->places[at] = (pending_place){id, NULL, monotonic_ns()};
    queue->host_calls++;
  }
  pthread_mutex_unlock(&self->lock);
  if (!reserved) return CU_OUT_OF_MEMORY;
  cu_result result = self->driver->api.launch_host(queue->stream, host_place_reached, queue);
  if (result == CU_OK) return result;
  pthread_mutex_lock(&self->lock);
  queue->host_calls--;
  uint32_t last = (queue->first + queue->count - 1) % queue->capacity;
  bool waits = queue->count > 0 && queue->places[last].id == id;
  if (waits) queue->count--;
  pthread_mutex_unlock(&self->lock);
  /* Else the watchdog has ended the place already, with the error. */
  return waits ? result : CU_OK;
}

cu_result completions_ask(completions *self, queue_object *queue, uint32_t id, const char **call) {
  pthread_mutex_lock(&self->lock);
  bool reserved = reserve(self);
  pthread_mutex_unlock(&self->lock);
  *call = "malloc";
  if (!reserved) return CU_OUT_OF_MEMORY;
  /* Counted before it is asked for: a thread may be faster than this one. */
  if (self->pending++ == 0) napi_ref_threadsafe_function(self->env, self->wake);
  queue->users++;
  cu_result result =
      queue->host_functions ? ask_host_function(self, queue, id, call) : ask_waiter(self, queue, id, call);
  if (result == CU_OK) return result;
  queue->users--;
  if (--self->pending == 0) napi_unref_threadsafe_function(self->env, self->wake);
  return result;
}

void completions_release(completions *self) {
  pthread_mutex_lock(&self->lock);
  bool last = --self->users == 0;
  pthread_mutex_unlock(&self->lock);
  if (!last) return;
  free(self->ended.items);
  free(self->drained.items);
  pthread_cond_destroy(&self->work);
  pthread_cond_destroy(&self->quiet);
  pthread_cond_destroy(&self->alarm);
  pthread_mutex_destroy(&self->lock);
  free(self);
}

void completions_close(completions *self, uint64_t until_ns) {
  struct timespec until = {(time_t)(until_ns / 1000000000u), (long)(until_ns % 1000000000u)};
  pthread_mutex_lock(&self->lock);
  self->closing = true;
  pthread_cond_broadcast(&self->work);
  pthread_cond_broadcast(&self->alarm);
  while (self->waiter_count > 0 || self->watchdog_runs)
    if (pthread_cond_timedwait(&self->quiet, &self->lock, &until) != 0) break;
  napi_threadsafe_function wake = self->wake;
  self->wake = NULL;
  pthread_mutex_unlock(&self->lock);
  if (wake != NULL) napi_release_threadsafe_function(wake, napi_tsfn_abort);
  if (self->batch != NULL) napi_delete_reference(self->env, self->batch);
}
