#include <stdlib.h>

#include "completions.h"
#include "instance.h"

queue_object *queue_make(completions *completions, context_object *context, cu_context current, cu_stream stream,
                         bool host_functions) {
  queue_object *queue = calloc(1, sizeof *queue);
  if (queue == NULL) return NULL;
  *queue = (queue_object){.completions = completions, .context = context, .current = current, .stream = stream};
  queue->host_functions = host_functions;
  queue->users = 1;
  pthread_mutex_lock(&completions->lock);
  completions->users++;
  queue->next = completions->queues;
  completions->queues = queue;
  pthread_mutex_unlock(&completions->lock);
  return queue;
}

bool queue_reserve(queue_object *queue) {
  if (queue->count < queue->capacity) return true;
  uint32_t capacity = queue->capacity == 0 ? 16 : 2 * queue->capacity;
  pending_place *places = malloc(capacity * sizeof *places);
  if (places == NULL) return false;
  for (uint32_t index = 0; index < queue->count; index++)
    places[index] = queue->places[(queue->first + index) % queue->capacity];
  free(queue->places);
  queue->places = places;
  queue->first = 0;
  queue->capacity = capacity;
  return true;
}

pending_place queue_take_first(queue_object *queue) {
  pending_place place = queue->places[queue->first];
  queue->first = (queue->first + 1) % queue->capacity;
  queue->count--;
  return place;
}

void queue_keep_event(queue_object *queue, cu_event event) {
  if (queue->spare_count == queue->spare_capacity) {
    uint32_t capacity = queue->spare_capacity == 0 ? 8 : 2 * queue->spare_capacity;
    cu_event *events = realloc(queue->spare_events, capacity * sizeof *events);
    if (events == NULL) {
      queue->completions->driver->api.event_destroy(event);
      return;
    }
    queue->spare_events = events;
    queue->spare_capacity = capacity;
  }
  queue->spare_events[queue->spare_count++] = event;
}

void queue_free(queue_object *queue) {
  completions *completions = queue->completions;
  free(queue->places);
  free(queue->spare_events);
  free(queue);
  completions_release(completions);
}

/* Takes a queue out of the list, and of the sight of the watchdog, which may be looking at it. */
static void unlist(completions *self, queue_object *queue) {
  pthread_mutex_lock(&self->lock);
  while (self->watching == queue) pthread_cond_wait(&self->quiet, &self->lock);
  queue_object **link = &self->queues;
  while (*link != queue) link = &(*link)->next;
  *link = queue->next;
  pthread_mutex_unlock(&self->lock);
}

cu_result queue_end(queue_object *queue) {
  completions *self = queue->completions;
  const cu_api *api = &self->driver->api;
  context_object *context = queue->context;
  unlist(self, queue);
  driver_enter(self->driver, queue->current);
  for (uint32_t index = 0; index < queue->spare_count; index++) api->event_destroy(queue->spare_events[index]);
  for (uint32_t index = 0; index < queue->count; index++) {
    cu_event event = queue->places[(queue->first + index) % queue->capacity].event;
    if (event != NULL) api->event_destroy(event);
  }
  cu_result result = api->stream_destroy(queue->stream);
  /* A host function that the driver still holds frees the queue, if it is ever called. */
  pthread_mutex_lock(&self->lock);
  queue->spare_count = 0;
  queue->count = 0;
  queue->orphaned = queue->host_calls > 0;
  bool orphaned = queue->orphaned;
  pthread_mutex_unlock(&self->lock);
  if (!orphaned) queue_free(queue);
  context_leave(self->driver, context);
  return result;
}

cu_result queue_leave(queue_object *queue) {
  if (--queue->users > 0) return CU_OK;
  return queue_end(queue);
}
