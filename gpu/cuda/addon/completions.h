/*
 * Completions: "tell me when the queue has come to this place", told by threads that never run JavaScript. All that such a
 * thread does is to put (id, status) into a list and to wake the JavaScript thread once for everything in it.
 *
 * Places of one queue end in the order in which they were asked for. Two ways to learn it:
 *  - waiter threads (default): an event is recorded at the place and a thread waits for it. Errors come with the event.
 *  - host functions: the driver calls one at the place. It does not where the context has failed, so a watchdog thread
 *    looks at queues whose oldest place is overdue and ends all their places with the error.
 */
#ifndef EDMESH_COMPLETIONS_H
#define EDMESH_COMPLETIONS_H

#include <node_api.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "driver.h"

typedef struct {
  uint32_t id;
  cu_event event;
  uint64_t since_ns;
} pending_place;

typedef struct completions completions;
struct context_object;

/* An order of work on a device: a CUDA stream. */
typedef struct queue_object {
  completions *completions;
  struct context_object *context;
  cu_context current;
  cu_stream stream;
  bool host_functions;
  /* Its handle and every place that JavaScript was not told about; counted on the JavaScript thread alone. */
  uint32_t users;
  /* All below under the lock of the completions. Places are a ring; events that ended are kept for the next place. */
  pending_place *places;
  uint32_t first, count, capacity;
  cu_event *spare_events;
  uint32_t spare_count, spare_capacity;
  bool served;
  /* Host functions that the driver has yet to call, and how many of the next of those are for places that were ended. */
  uint32_t host_calls, expired;
  bool orphaned;
  struct queue_object *next_ready, *next;
} queue_object;

typedef struct {
  uint32_t id;
  cu_result status;
  queue_object *queue;
} ended_place;

typedef struct {
  ended_place *items;
  uint32_t count, capacity;
} ended_list;

struct completions {
  const driver *driver;
  pthread_mutex_t lock;
  pthread_cond_t work, quiet, alarm;
  uint32_t users;
  bool closing;
  queue_object *ready_first, *ready_last;
  uint32_t ready_count, idle_count, waiter_count, waiters_max;
  queue_object *queues, *watching;
  bool watchdog_runs;
  uint64_t watchdog_ns;
  ended_list ended, drained;
  bool woken;
  napi_threadsafe_function wake;
  /* Of the JavaScript thread: places that it was not told about, and where it is told. */
  uint32_t pending;
  napi_env env;
  napi_ref batch;
  uint32_t *batch_words;
  /* What was counted: places, calls into JavaScript, and the time that foreign threads spent to deliver. */
  uint64_t delivered, batches, foreign_ns, foreign_ns_max, late;
};

#define BATCH_PLACES 512u

/* Makes the completions of an environment; `callback` gets the number of (id, status) pairs in `batch`. NULL: no memory. */
completions *completions_make(napi_env env, const driver *driver, napi_value callback, uint32_t waiters_max,
                              uint32_t watchdog_ms, napi_value *batch);
/* Asks for a completion at the end of what is in the queue now. On a failure `call` names what failed. */
cu_result completions_ask(completions *self, queue_object *queue, uint32_t id, const char **call);
/* Ends the threads, at most until a point in time, and the way to JavaScript. */
void completions_close(completions *self, uint64_t until_ns);
/* One reference less to the completions themselves, by any thread. */
void completions_release(completions *self);

/* Makes a queue in the current context; NULL where memory is short. */
queue_object *queue_make(completions *completions, struct context_object *context, cu_context current, cu_stream stream,
                         bool host_functions);
/* One user of a queue less; the last one destroys it. On the JavaScript thread. */
cu_result queue_leave(queue_object *queue);
/* Destroys a queue whoever uses it, once the completions are closed. */
cu_result queue_end(queue_object *queue);

/* Between the files of the completions; with the lock held, by any thread. */
void completions_deliver(completions *self, queue_object *queue, uint32_t id, cu_result status, uint64_t began_ns);
bool queue_reserve(queue_object *queue);
pending_place queue_take_first(queue_object *queue);
void queue_keep_event(queue_object *queue, cu_event event);
void queue_free(queue_object *queue);
bool waiters_schedule(completions *self, queue_object *queue);
bool watchdog_start(completions *self);
void host_place_reached(void *queue);
uint64_t monotonic_ns(void);

#endif
