#include "driver.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static driver *opened;

static int load_functions(void *library, cu_api *api, driver_problem *problem) {
  /* A function pointer is copied out of dlsym's object pointer, which POSIX allows and ISO C has no cast for. */
#define CU_LOAD(field, symbol, parameters)                                                                  \
  do {                                                                                                      \
    void *found = dlsym(library, #symbol);                                                                  \
    if (found == NULL) {                                                                                    \
      snprintf(problem->text, sizeof problem->text, "no function " #symbol " (the driver is too old)");     \
      return 0;                                                                                             \
    }                                                                                                       \
    memcpy(&api->field, &found, sizeof found);                                                              \
  } while (0);
  CU_FUNCTIONS(CU_LOAD)
#undef CU_LOAD
  return 1;
}

static int begin(driver *made, driver_problem *problem) {
  problem->call = "cuInit";
  problem->code = made->api.init(0);
  if (problem->code == CU_OK) {
    problem->call = "cuDriverGetVersion";
    problem->code = made->api.driver_version(&made->version);
  }
  if (problem->code == CU_OK) return 1;
  snprintf(problem->text, sizeof problem->text, "%s", driver_error_text(made, problem->code));
  return 0;
}

static driver *load(const char *path, driver_problem *problem) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *why = dlerror();
    snprintf(problem->text, sizeof problem->text, "%s", why == NULL ? "cannot be opened" : why);
    return NULL;
  }
  driver *made = calloc(1, sizeof *made);
  char *copy = strdup(path);
  if (made != NULL && copy != NULL && load_functions(library, &made->api, problem) && begin(made, problem)) {
    made->path = copy;
    made->next = opened;
    opened = made;
    return made;
  }
  if (made == NULL || copy == NULL) snprintf(problem->text, sizeof problem->text, "out of memory");
  free(made);
  free(copy);
  return NULL;
}

const driver *driver_open(const char *path, driver_problem *problem) {
  memset(problem, 0, sizeof *problem);
  pthread_mutex_lock(&lock);
  driver *found = opened;
  while (found != NULL && strcmp(found->path, path) != 0) found = found->next;
  if (found == NULL) found = load(path, problem);
  pthread_mutex_unlock(&lock);
  return found;
}

/* All instances of a thread share it, as they share what the driver calls current. */
static _Thread_local cu_context entered;

cu_result driver_enter(const driver *driver, cu_context context) {
  cu_result result = driver->api.context_set(context);
  entered = result == CU_OK ? context : NULL;
  return result;
}

bool driver_entered(cu_context context) { return entered == context; }

void driver_forget(cu_context context) {
  if (entered == context) entered = NULL;
}

const char *driver_error_name(const driver *driver, cu_result code) {
  const char *name = NULL;
  return driver->api.error_name(code, &name) == CU_OK && name != NULL ? name : "CUDA_ERROR_UNKNOWN";
}

const char *driver_error_text(const driver *driver, cu_result code) {
  const char *text = NULL;
  return driver->api.error_string(code, &text) == CU_OK && text != NULL ? text : "unknown error";
}
