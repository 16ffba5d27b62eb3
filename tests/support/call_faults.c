/* One call to the kernel that fails, for LD_PRELOAD: the $FAULT_AT-th call of $FAULT_CALL and the $FAULT_TIMES - 1 after it
 * (default 1) fail with errno $FAULT_ERRNO. Calls are counted from the start of the process; those of the dynamic linker and
 * of stdio are the C library's own and not seen, and writing fails on files only: a pipe has no full disk. At its end the process leaves their number in the file $FAULT_COUNT.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static long number(const char *name, long fallback) {
  const char *text = getenv(name);
  return text != NULL ? atol(text) : fallback;
}

static int is_file(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* Whether this call is to fail; errno is then set. */
static int fails(const char *call) {
  const char *wanted = getenv("FAULT_CALL");
  if (wanted == NULL || strcmp(wanted, call) != 0) return 0;
  const long at = number("FAULT_AT", 0);
  const long now = ++calls;
  if (at <= 0 || now < at || now >= at + number("FAULT_TIMES", 1)) return 0;
  errno = (int)number("FAULT_ERRNO", EIO);
  return 1;
}

__attribute__((destructor)) static void leave_count(void) {
  const char *path = getenv("FAULT_COUNT");
  FILE *file = path != NULL ? fopen(path, "w") : NULL;
  if (file == NULL) return;
  fprintf(file, "%ld\n", (long)calls);
  fclose(file);
}

#define REAL(type, name)                                              \
  static type real;                                                   \
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, name);

/* open takes its mode only where it may create. */
#define OPEN(name, call)                                              \
  int name(const char *path, int flags, ...) {                        \
    typedef int (*open_function)(const char *, int, ...);             \
    REAL(open_function, #name)                                        \
    va_list arguments;                                                \
    va_start(arguments, flags);                                       \
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(arguments, mode_t) : 0; \
    va_end(arguments);                                                \
    return fails(call) ? -1 : real(path, flags, mode);                \
  }
OPEN(open, "open")
OPEN(open64, "open")

#define OPENAT(name)                                                  \
  int name(int directory, const char *path, int flags, ...) {         \
    typedef int (*open_function)(int, const char *, int, ...);        \
    REAL(open_function, #name)                                        \
    va_list arguments;                                                \
    va_start(arguments, flags);                                       \
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(arguments, mode_t) : 0; \
    va_end(arguments);                                                \
    return fails("open") ? -1 : real(directory, path, flags, mode);   \
  }
OPENAT(openat)
OPENAT(openat64)

#define CALL(result, name, call, parameters, arguments, bad)          \
  result name parameters {                                            \
    typedef result(*function) parameters;                             \
    REAL(function, #name)                                             \
    return fails(call) ? (bad) : real arguments;                      \
  }
#define FILE_CALL(result, name, call, parameters, arguments)          \
  result name parameters {                                            \
    typedef result(*function) parameters;                             \
    REAL(function, #name)                                             \
    return is_file(fd) && fails(call) ? -1 : real arguments;          \
  }
CALL(ssize_t, read, "read", (int fd, void *bytes, size_t size), (fd, bytes, size), -1)
CALL(ssize_t, pread, "read", (int fd, void *bytes, size_t size, off_t at), (fd, bytes, size, at), -1)
FILE_CALL(ssize_t, write, "write", (int fd, const void *bytes, size_t size), (fd, bytes, size))
FILE_CALL(ssize_t, pwrite, "write", (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at))
FILE_CALL(ssize_t, writev, "write", (int fd, const struct iovec *parts, int count), (fd, parts, count))
FILE_CALL(int, fsync, "fsync", (int fd), (fd))
FILE_CALL(int, fdatasync, "fsync", (int fd), (fd))
CALL(int, rename, "rename", (const char *from, const char *to), (from, to), -1)
CALL(int, renameat, "rename", (int a, const char *from, int b, const char *to), (a, from, b, to), -1)
CALL(int, accept, "accept", (int fd, __SOCKADDR_ARG address, socklen_t *restrict size), (fd, address, size), -1)
CALL(int, accept4, "accept", (int fd, __SOCKADDR_ARG address, socklen_t *restrict size, int flags),
     (fd, address, size, flags), -1)
CALL(ssize_t, getrandom, "getrandom", (void *bytes, size_t size, unsigned flags), (bytes, size, flags), -1)
CALL(int, getentropy, "getrandom", (void *bytes, size_t size), (bytes, size), -1)
CALL(int, pthread_create, "thread",
     (pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
     (thread, attributes, run, argument), EAGAIN)
