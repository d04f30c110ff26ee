/* Streams as threads with a FIFO of commands, and events. */
#include <stdlib.h>
#include <string.h>

#include "mock.h"

struct CUevent_st {
  /* How often it was put into a stream, and the last of those that a stream came to. */
  unsigned long long recorded, reached;
  struct CUctx_st *context;
  int users;
};

typedef struct command {
  struct command *next;
  enum { COPY, FILL, KERNEL, RECORD, WAIT, HOST } kind;
  void *target;
  const void *source;
  size_t bytes;
  unsigned char value;
  bool staged;
  const mock_kernel *kernel;
  mock_launch launch;
  cu_event event;
  unsigned long long ticket;
  cu_host_function host;
} command;

struct CUstream_st {
  struct CUctx_st *context;
  pthread_cond_t work;
  command *first, *last;
  bool busy, destroyed;
};

static void leave_event(cu_event event) {
  if (--event->users == 0) free(event);
}

static void run(cu_stream stream, command *made) {
  switch (made->kind) {
    case COPY:
      memcpy(made->target, made->source, made->bytes);
      break;
    case FILL:
      memset(made->target, made->value, made->bytes);
      break;
    case KERNEL:
      made->kernel->run(&made->launch);
      break;
    case HOST:
      made->host(made->target);
      break;
    case RECORD:
    case WAIT:
      break;
  }
  (void)stream;
}

static void release(command *made) {
  if (made->event != NULL) leave_event(made->event);
  if (made->staged) free((void *)made->source);
  if (made->kind == KERNEL) free((void *)made->launch.arguments);
  free(made);
}

static void *serve(void *data) {
  cu_stream stream = data;
  pthread_mutex_lock(&mock_lock);
  for (;;) {
    while (stream->first == NULL && !stream->destroyed) pthread_cond_wait(&stream->work, &mock_lock);
    command *made = stream->first;
    if (made == NULL) break;
    if (made->kind == WAIT)
      while (made->event->reached < made->ticket && stream->context->failed == CU_OK)
        pthread_cond_wait(&mock_changed, &mock_lock);
    /* Where the context has failed nothing runs, and host functions are not called. */
    if (stream->context->failed == CU_OK) {
      pthread_mutex_unlock(&mock_lock);
      run(stream, made);
      pthread_mutex_lock(&mock_lock);
      if (made->kind == RECORD && stream->context->failed == CU_OK && made->event->reached < made->ticket)
        made->event->reached = made->ticket;
    }
    stream->first = made->next;
    if (stream->first == NULL) stream->last = NULL;
    release(made);
    pthread_cond_broadcast(&mock_changed);
  }
  pthread_mutex_unlock(&mock_lock);
  pthread_cond_destroy(&stream->work);
  free(stream);
  return NULL;
}

/* Puts a copy of a command at the end of a stream. */
static cu_result put(cu_stream stream, command given) {
  command *made = malloc(sizeof *made);
  if (made == NULL) return CU_OUT_OF_MEMORY;
  *made = given;
  made->next = NULL;
  pthread_mutex_lock(&mock_lock);
  if (made->kind == RECORD) made->ticket = ++made->event->recorded;
  if (made->kind == WAIT) made->ticket = made->event->recorded;
  if (made->event != NULL) made->event->users++;
  if (stream->last == NULL)
    stream->first = made;
  else
    stream->last->next = made;
  stream->last = made;
  pthread_cond_signal(&stream->work);
  pthread_mutex_unlock(&mock_lock);
  return CU_OK;
}

static cu_result drain(cu_stream stream) {
  pthread_mutex_lock(&mock_lock);
  while (stream->first != NULL && stream->context->failed == CU_OK) pthread_cond_wait(&mock_changed, &mock_lock);
  cu_result result = stream->context->failed;
  pthread_mutex_unlock(&mock_lock);
  return result;
}

MOCK_EXPORT cu_result cuStreamCreate(cu_stream *stream, unsigned int flags) {
  (void)flags;
  MOCK_CONTEXT_CALL(cuStreamCreate);
  cu_stream made = calloc(1, sizeof *made);
  if (made == NULL) return CU_OUT_OF_MEMORY;
  made->context = mock_current;
  pthread_cond_init(&made->work, NULL);
  pthread_t thread;
  if (pthread_create(&thread, NULL, serve, made) != 0) {
    free(made);
    return CU_OUT_OF_MEMORY;
  }
  pthread_detach(thread);
  pthread_mutex_lock(&mock_lock);
  mock_live.streams++;
  pthread_mutex_unlock(&mock_lock);
  *stream = made;
  return CU_OK;
}

MOCK_EXPORT cu_result cuStreamDestroy_v2(cu_stream stream) {
  pthread_mutex_lock(&mock_lock);
  mock_live.streams--;
  stream->destroyed = true;
  cu_result failed = stream->context->failed;
  pthread_cond_signal(&stream->work);
  pthread_mutex_unlock(&mock_lock);
  MOCK_CALL(cuStreamDestroy);
  return failed;
}

MOCK_EXPORT cu_result cuStreamQuery(cu_stream stream) {
  MOCK_CONTEXT_CALL(cuStreamQuery);
  pthread_mutex_lock(&mock_lock);
  bool busy = stream->first != NULL;
  pthread_mutex_unlock(&mock_lock);
  return busy ? CU_NOT_READY : CU_OK;
}

MOCK_EXPORT cu_result cuStreamWaitEvent(cu_stream stream, cu_event event, unsigned int flags) {
  (void)flags;
  MOCK_CONTEXT_CALL(cuStreamWaitEvent);
  return put(stream, (command){.kind = WAIT, .event = event});
}

MOCK_EXPORT cu_result cuEventCreate(cu_event *event, unsigned int flags) {
  (void)flags;
  MOCK_CONTEXT_CALL(cuEventCreate);
  cu_event made = calloc(1, sizeof *made);
  if (made == NULL) return CU_OUT_OF_MEMORY;
  made->context = mock_current;
  made->users = 1;
  pthread_mutex_lock(&mock_lock);
  mock_live.events++;
  pthread_mutex_unlock(&mock_lock);
  *event = made;
  return CU_OK;
}

MOCK_EXPORT cu_result cuEventDestroy_v2(cu_event event) {
  pthread_mutex_lock(&mock_lock);
  mock_live.events--;
  cu_result failed = event->context->failed;
  leave_event(event);
  pthread_mutex_unlock(&mock_lock);
  MOCK_CALL(cuEventDestroy);
  return failed;
}

MOCK_EXPORT cu_result cuEventRecord(cu_event event, cu_stream stream) {
  MOCK_CONTEXT_CALL(cuEventRecord);
  if (event->context != stream->context) return MOCK_INVALID_HANDLE;
  return put(stream, (command){.kind = RECORD, .event = event});
}

MOCK_EXPORT cu_result cuEventQuery(cu_event event) {
  MOCK_CALL(cuEventQuery);
  pthread_mutex_lock(&mock_lock);
  cu_result result = event->context->failed;
  if (result == CU_OK && event->reached < event->recorded) result = CU_NOT_READY;
  pthread_mutex_unlock(&mock_lock);
  return result;
}

MOCK_EXPORT cu_result cuEventSynchronize(cu_event event) {
  MOCK_CALL(cuEventSynchronize);
  pthread_mutex_lock(&mock_lock);
  while (event->reached < event->recorded && event->context->failed == CU_OK)
    pthread_cond_wait(&mock_changed, &mock_lock);
  cu_result result = event->context->failed;
  pthread_mutex_unlock(&mock_lock);
  return result;
}

MOCK_EXPORT cu_result cuMemcpyHtoDAsync_v2(cu_pointer target, const void *source, size_t bytes, cu_stream stream) {
  MOCK_CONTEXT_CALL(cuMemcpyHtoDAsync);
  command made = {.kind = COPY, .target = (void *)(uintptr_t)target, .source = source, .bytes = bytes};
  if (!mock_is_pinned(source, bytes)) {
    /* Pageable memory is copied before the call returns. */
    void *staging = malloc(bytes + 1);
    if (staging == NULL) return CU_OUT_OF_MEMORY;
    made.source = memcpy(staging, source, bytes);
    made.staged = true;
  }
  return put(stream, made);
}

MOCK_EXPORT cu_result cuMemcpyDtoHAsync_v2(void *target, cu_pointer source, size_t bytes, cu_stream stream) {
  MOCK_CONTEXT_CALL(cuMemcpyDtoHAsync);
  command made = {.kind = COPY, .target = target, .source = (const void *)(uintptr_t)source, .bytes = bytes};
  cu_result result = put(stream, made);
  /* To pageable memory the call returns when all is done. */
  return result == CU_OK && !mock_is_pinned(target, bytes) ? drain(stream) : result;
}

MOCK_EXPORT cu_result cuMemcpyDtoDAsync_v2(cu_pointer target, cu_pointer source, size_t bytes, cu_stream stream) {
  MOCK_CONTEXT_CALL(cuMemcpyDtoDAsync);
  command made = {.kind = COPY, .target = (void *)(uintptr_t)target, .bytes = bytes};
  made.source = (const void *)(uintptr_t)source;
  return put(stream, made);
}

MOCK_EXPORT cu_result cuMemsetD8Async(cu_pointer target, unsigned char value, size_t bytes, cu_stream stream) {
  MOCK_CONTEXT_CALL(cuMemsetD8Async);
  return put(stream, (command){.kind = FILL, .target = (void *)(uintptr_t)target, .value = value, .bytes = bytes});
}

MOCK_EXPORT cu_result cuLaunchHostFunc(cu_stream stream, cu_host_function host, void *data) {
  MOCK_CONTEXT_CALL(cuLaunchHostFunc);
  pthread_mutex_lock(&mock_lock);
  mock_live.host_functions++;
  pthread_mutex_unlock(&mock_lock);
  return put(stream, (command){.kind = HOST, .host = host, .target = data});
}

/* A function is the kernel it stands for. */
MOCK_EXPORT cu_result cuLaunchKernel(cu_function function, unsigned int grid_x, unsigned int grid_y, unsigned int grid_z,
                                     unsigned int block_x, unsigned int block_y, unsigned int block_z,
                                     unsigned int shared_bytes, cu_stream stream, void **arguments, void **extra) {
  MOCK_CONTEXT_CALL(cuLaunchKernel);
  if (mock_current != stream->context) return MOCK_INVALID_HANDLE;
  (void)shared_bytes;
  const mock_kernel *kernel = (const mock_kernel *)function;
  if (arguments != NULL || extra == NULL || extra[0] != CU_PARAM_BUFFER || extra[2] != CU_PARAM_BUFFER_BYTES)
    return CU_INVALID_VALUE;
  size_t bytes = *(size_t *)extra[3];
  unsigned long long threads = (unsigned long long)block_x * block_y * block_z;
  if (grid_x == 0 || grid_y == 0 || grid_z == 0 || threads == 0 || threads > 1024 || bytes != kernel->argument_bytes)
    return CU_INVALID_VALUE;
  if (kernel->run == NULL) return CU_OK;
  unsigned char *copy = malloc(bytes + 1);
  if (copy == NULL) return CU_OUT_OF_MEMORY;
  memcpy(copy, extra[1], bytes);
  command made = {.kind = KERNEL, .kernel = kernel};
  made.launch = (mock_launch){copy, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, stream->context};
  pthread_mutex_lock(&mock_lock);
  mock_live.launches++;
  pthread_mutex_unlock(&mock_lock);
  return put(stream, made);
}
