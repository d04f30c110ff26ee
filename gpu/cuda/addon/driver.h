/* Driver libraries that this process has opened. They stay open until it ends, as drivers do not bear being unloaded. */
#ifndef EDMESH_DRIVER_H
#define EDMESH_DRIVER_H

#include <stdbool.h>

#include "cuda-api.h"

typedef struct driver {
  cu_api api;
  int version;
  char *path;
  struct driver *next;
} driver;

/* Why a library is no usable driver: `code` is 0 where the library itself is at fault, else that of the failed call. */
typedef struct {
  cu_result code;
  const char *call;
  char text[512];
} driver_problem;

/* The driver in a library, opened and initialised once per path and process; NULL with a problem. Thread-safe. */
const driver *driver_open(const char *path, driver_problem *problem);

/* Makes a context the one of this thread, whatever it was. */
cu_result driver_enter(const driver *driver, cu_context context);
/* Whether the addon has made this context the one of the thread last. Other code may have changed it since. */
bool driver_entered(cu_context context);
/* A context is given back: one at the same address would be another. */
void driver_forget(cu_context context);

/* The name of an error code, such as CUDA_ERROR_OUT_OF_MEMORY, and what the driver says about it. Never NULL. */
const char *driver_error_name(const driver *driver, cu_result code);
const char *driver_error_text(const driver *driver, cu_result code);

#endif
