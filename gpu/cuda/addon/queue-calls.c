/* Queues (CUDA streams), events, and completions. */
#include <stdlib.h>

#include "binding.h"

/* createQueue(context, hostFunctions): handle */
static napi_value create_queue(napi_env env, napi_callback_info info) {
  arguments given;
  bool host_functions;
  if (!arguments_read(env, info, 2, &given)) return NULL;
  context_object *context = argument_object(&given, 0, KIND_CONTEXT);
  if (context == NULL) return NULL;
  if (napi_get_value_bool(env, given.values[1], &host_functions) != napi_ok) {
    napi_throw_type_error(env, NULL, "hostFunctions must be a boolean");
    return NULL;
  }
  if (!context_enter(&given, context)) return NULL;
  cu_stream stream;
  cu_result result = given.api->stream_create(&stream, CU_STREAM_NON_BLOCKING_FLAG);
  if (result != CU_OK) return answer(&given, result, "cuStreamCreate");
  queue_object *queue = queue_make(given.self->completions, context, context->context, stream, host_functions);
  if (queue == NULL) {
    given.api->stream_destroy(stream);
    return throw_memory(env);
  }
  context->users++;
  bool kept;
  napi_value handle = answer_handle(&given, KIND_QUEUE, queue, &kept);
  if (!kept) queue_leave(queue);
  return handle;
}

/* queryQueue(queue): the driver's answer, 0 for idle and 600 for busy */
static napi_value query_queue(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 1, &given)) return NULL;
  queue_object *queue = argument_object(&given, 0, KIND_QUEUE);
  if (queue == NULL || !context_enter(&given, queue->context)) return NULL;
  return answer_number(env, given.api->stream_query(queue->stream));
}

/* createEvent(context): handle */
static napi_value create_event(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 1, &given)) return NULL;
  context_object *context = argument_object(&given, 0, KIND_CONTEXT);
  if (context == NULL || !context_enter(&given, context)) return NULL;
  event_object *event = calloc(1, sizeof *event);
  if (event == NULL) return throw_memory(env);
  cu_result result = given.api->event_create(&event->event, CU_EVENT_DISABLE_TIMING_FLAG);
  if (result != CU_OK) {
    free(event);
    return answer(&given, result, "cuEventCreate");
  }
  event->context = context;
  bool kept;
  napi_value handle = answer_handle(&given, KIND_EVENT, event, &kept);
  if (kept) {
    context->users++;
  } else {
    given.api->event_destroy(event->event);
    free(event);
  }
  return handle;
}

static bool read_pair(arguments *given, napi_env env, napi_callback_info info, queue_object **queue, event_object **event) {
  return arguments_read(env, info, 2, given) && (*queue = argument_object(given, 0, KIND_QUEUE)) != NULL &&
         (*event = argument_object(given, 1, KIND_EVENT)) != NULL && context_enter(given, (*queue)->context);
}

/* record(queue, event) */
static napi_value record(napi_env env, napi_callback_info info) {
  arguments given;
  queue_object *queue;
  event_object *event;
  if (!read_pair(&given, env, info, &queue, &event)) return NULL;
  return answer(&given, given.api->event_record(event->event, queue->stream), "cuEventRecord");
}

/* wait(queue, event): later work of the queue waits, the host does not */
static napi_value wait(napi_env env, napi_callback_info info) {
  arguments given;
  queue_object *queue;
  event_object *event;
  if (!read_pair(&given, env, info, &queue, &event)) return NULL;
  return answer(&given, given.api->stream_wait(queue->stream, event->event, 0), "cuStreamWaitEvent");
}

/* queryEvent(event): the driver's answer, 0 for reached (or never recorded) and 600 for not yet */
static napi_value query_event(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 1, &given)) return NULL;
  event_object *event = argument_object(&given, 0, KIND_EVENT);
  if (event == NULL) return NULL;
  return answer_number(env, given.api->event_query(event->event));
}

/* complete(queue, id): tells `id` through the callback of open, once all that is in the queue has ended */
static napi_value complete(napi_env env, napi_callback_info info) {
  arguments given;
  uint32_t id;
  if (!arguments_read(env, info, 2, &given) || !argument_u32(&given, 1, "id", &id)) return NULL;
  queue_object *queue = argument_object(&given, 0, KIND_QUEUE);
  if (queue == NULL || !context_enter(&given, queue->context)) return NULL;
  const char *call = "";
  cu_result result = completions_ask(given.self->completions, queue, id, &call);
  return answer(&given, result, call);
}

/* statistics(): what was counted since open */
static napi_value statistics(napi_env env, napi_callback_info info) {
  arguments given;
  if (!arguments_read(env, info, 0, &given)) return NULL;
  completions *completions = given.self->completions;
  pthread_mutex_lock(&completions->lock);
  uint64_t delivered = completions->delivered, spent = completions->foreign_ns, most = completions->foreign_ns_max;
  uint32_t waiters = completions->waiter_count;
  uint64_t late = completions->late;
  pthread_mutex_unlock(&completions->lock);
  napi_value object;
  if (napi_create_object(env, &object) != napi_ok || !set_number(env, object, "delivered", (double)delivered) ||
      !set_number(env, object, "batches", (double)completions->batches) ||
      !set_number(env, object, "pending", completions->pending) ||
      !set_number(env, object, "foreignNs", (double)spent) || !set_number(env, object, "foreignNsMax", (double)most) ||
      !set_number(env, object, "waiters", waiters) || !set_number(env, object, "late", (double)late))
    return NULL;
  return object;
}

const binding queue_calls[] = {
    {"createQueue", create_queue}, {"queryQueue", query_queue}, {"createEvent", create_event},
    {"record", record},            {"wait", wait},              {"queryEvent", query_event},
    {"complete", complete},        {"statistics", statistics},  {NULL, NULL},
};
