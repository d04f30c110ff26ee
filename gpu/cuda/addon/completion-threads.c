#include <stdlib.h>
#include <time.h>

#include "completions.h"

/* Threads only wait and copy a few words. */
#define STACK_BYTES (256u * 1024u)

static bool start_thread(completions *self, void *(*body)(void *)) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_t thread;
  bool started = pthread_create(&thread, &attributes, body, self) == 0;
  pthread_attr_destroy(&attributes);
  if (started) self->users++;
  return started;
}

static void put_ready(completions *self, queue_object *queue) {
  queue->next_ready = NULL;
  if (self->ready_last == NULL)
    self->ready_first = queue;
  else
    self->ready_last->next_ready = queue;
  self->ready_last = queue;
  self->ready_count++;
}

static queue_object *take_ready(completions *self) {
  queue_object *queue = self->ready_first;
  self->ready_first = queue->next_ready;
  if (self->ready_first == NULL) self->ready_last = NULL;
  self->ready_count--;
  return queue;
}

/*
 * A thread serves one queue at a time, as the places of a queue end in order; queues wait for a thread only where there
 * are more of them than threads may be.
 */
static void *waiter(void *data) {
  completions *self = data;
  const cu_api *api = &self->driver->api;
  cu_context current = NULL;
  pthread_mutex_lock(&self->lock);
  while (!self->closing) {
    if (self->ready_first == NULL) {
      self->idle_count++;
      pthread_cond_wait(&self->work, &self->lock);
      self->idle_count--;
      continue;
    }
    queue_object *queue = take_ready(self);
    cu_event event = queue->places[queue->first].event;
    pthread_mutex_unlock(&self->lock);
    cu_result status = CU_OK;
    if (queue->current != current) status = api->context_set(queue->current);
    if (status == CU_OK) {
      current = queue->current;
      status = api->event_wait(event);
    }
    uint64_t began = monotonic_ns();
    pthread_mutex_lock(&self->lock);
    if (self->closing) break;
    pending_place place = queue_take_first(queue);
    queue_keep_event(queue, place.event);
    if (queue->count > 0)
      put_ready(self, queue);
    else
      queue->served = false;
    completions_deliver(self, queue, place.id, status, began);
  }
  self->waiter_count--;
  pthread_cond_broadcast(&self->quiet);
  pthread_mutex_unlock(&self->lock);
  completions_release(self);
  return NULL;
}

bool waiters_schedule(completions *self, queue_object *queue) {
  if (queue->served) return true;
  if (self->ready_count >= self->idle_count && self->waiter_count < self->waiters_max) {
    if (start_thread(self, waiter))
      self->waiter_count++;
    else if (self->waiter_count == 0)
      return false;
  }
  queue->served = true;
  put_ready(self, queue);
  pthread_cond_signal(&self->work);
  return true;
}

/* Runs on a thread of the driver, where no CUDA function may be called. */
void host_place_reached(void *data) {
  uint64_t began = monotonic_ns();
  queue_object *queue = data;
  completions *self = queue->completions;
  pthread_mutex_lock(&self->lock);
  queue->host_calls--;
  if (queue->expired > 0) {
    queue->expired--;
    self->late++;
  } else if (queue->count > 0) {
    completions_deliver(self, queue, queue_take_first(queue).id, CU_OK, began);
  }
  bool gone = queue->orphaned && queue->host_calls == 0;
  pthread_mutex_unlock(&self->lock);
  if (!gone) return;
  queue_free(queue);
}

/* Ends the places of queues that are overdue because the driver says that their context has failed. */
static uint64_t look_after(completions *self, cu_context *current) {
  const cu_api *api = &self->driver->api;
  uint64_t next = UINT64_MAX;
  for (queue_object *queue = self->queues; queue != NULL; queue = queue->next) {
    if (!queue->host_functions || queue->count == 0) continue;
    uint64_t now = monotonic_ns();
    uint64_t due = queue->places[queue->first].since_ns + self->watchdog_ns;
    if (due > now) {
      if (due < next) next = due;
      continue;
    }
    /* The lock is free meanwhile, and queue_leave waits while a queue is looked at, so `queue` stays in the list. */
    self->watching = queue;
    pthread_mutex_unlock(&self->lock);
    cu_result status = *current == queue->current ? CU_OK : api->context_set(queue->current);
    *current = queue->current;
    if (status == CU_OK) status = api->stream_query(queue->stream);
    uint64_t began = monotonic_ns();
    pthread_mutex_lock(&self->lock);
    self->watching = NULL;
    pthread_cond_broadcast(&self->quiet);
    if (self->closing) return next;
    if (status != CU_OK && status != CU_NOT_READY)
      for (; queue->count > 0; queue->expired++)
        completions_deliver(self, queue, queue_take_first(queue).id, status, began);
    else if (began + self->watchdog_ns < next)
      next = began + self->watchdog_ns;
  }
  return next;
}

static void *watchdog(void *data) {
  completions *self = data;
  cu_context current = NULL;
  pthread_mutex_lock(&self->lock);
  while (!self->closing) {
    uint64_t next = look_after(self, &current);
    if (self->closing) break;
    uint64_t soonest = monotonic_ns() + self->watchdog_ns;
    if (next > soonest) next = soonest;
    struct timespec until = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)};
    /* Places may be asked for while it waits, but none of them is due before a full period is over. */
    pthread_cond_timedwait(&self->alarm, &self->lock, &until);
  }
  self->watchdog_runs = false;
  pthread_cond_broadcast(&self->quiet);
  pthread_mutex_unlock(&self->lock);
  completions_release(self);
  return NULL;
}

bool watchdog_start(completions *self) {
  if (!self->watchdog_runs) self->watchdog_runs = start_thread(self, watchdog);
  return self->watchdog_runs;
}
