/* A disk that fails or forgets, for LD_PRELOAD. Only files whose path ends in $FAULT_FILE are touched.
 *
 * FAULT_AT=N FAULT_ERRNO=E [FAULT_TIMES=K]
 *     The Nth write or sync and the K-1 after it (default 1) fail with E.
 * FAULT_AT=N FAULT_KILL=1
 *     The process is killed before its Nth write or sync.
 * FAULT_DURABLE=PATH [FAULT_EAGER=1]
 *     PATH holds what a power cut would leave of the file: a write gets there when a sync of the file ends, or at once if
 *     the descriptor is O_DSYNC; if eager every second write gets there at once, as a kernel may do.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct pending {
  off_t at;
  size_t size;
  struct pending *next;
  char bytes[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long calls;
static long writes;
static int durable_fd = -1;
static struct pending *first;
static struct pending **last = &first;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);

__attribute__((constructor)) static void find_real(void) {
  *(void **)&real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  *(void **)&real_write = dlsym(RTLD_NEXT, "write");
  *(void **)&real_writev = dlsym(RTLD_NEXT, "writev");
  *(void **)&real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  *(void **)&real_fsync = dlsym(RTLD_NEXT, "fsync");
  *(void **)&real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
}

static long number(const char *name, long fallback) {
  const char *text = getenv(name);
  return text != NULL ? atol(text) : fallback;
}

static int is_ours(int fd) {
  const char *wanted = getenv("FAULT_FILE");
  char link[64];
  char path[PATH_MAX];
  ssize_t length;
  if (wanted == NULL) return 0;
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  length = readlink(link, path, sizeof(path) - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  length -= (ssize_t)strlen(wanted);
  return length >= 0 && strcmp(path + length, wanted) == 0;
}

/* True if this call is to fail; errno is then set. */
static int fails(void) {
  const long at = number("FAULT_AT", 0);
  long call;
  if (at <= 0) return 0;
  pthread_mutex_lock(&lock);
  call = ++calls;
  pthread_mutex_unlock(&lock);
  if (call < at || call >= at + number("FAULT_TIMES", 1)) return 0;
  if (number("FAULT_KILL", 0) != 0) raise(SIGKILL);
  errno = (int)number("FAULT_ERRNO", EIO);
  return 1;
}

static int durable(void) {
  const char *path = getenv("FAULT_DURABLE");
  if (durable_fd < 0 && path != NULL) durable_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  return durable_fd;
}

static void remember(int fd, const void *bytes, size_t size, off_t at) {
  struct pending *one;
  pthread_mutex_lock(&lock);
  if (durable() >= 0) {
    const int eager = ++writes % 2 == 0 && number("FAULT_EAGER", 0) != 0;
    const int at_once = eager || (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
    if (at_once) {
      if (real_pwrite(durable_fd, bytes, size, at) != (ssize_t)size) abort();
    } else {
      one = malloc(sizeof(*one) + size);
      if (one == NULL) abort();
      one->at = at;
      one->size = size;
      one->next = NULL;
      memcpy(one->bytes, bytes, size);
      *last = one;
      last = &one->next;
    }
  }
  pthread_mutex_unlock(&lock);
}

static void settle(void) {
  pthread_mutex_lock(&lock);
  if (durable() >= 0) {
    while (first != NULL) {
      struct pending *one = first;
      if (real_pwrite(durable_fd, one->bytes, one->size, one->at) != (ssize_t)one->size) abort();
      first = one->next;
      free(one);
    }
    last = &first;
  }
  pthread_mutex_unlock(&lock);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  ssize_t written;
  if (!is_ours(fd)) return real_pwrite(fd, bytes, size, at);
  if (fails()) return -1;
  written = real_pwrite(fd, bytes, size, at);
  if (written > 0) remember(fd, bytes, (size_t)written, at);
  return written;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  off_t at;
  ssize_t written;
  if (!is_ours(fd)) return real_write(fd, bytes, size);
  if (fails()) return -1;
  at = lseek(fd, 0, SEEK_CUR);
  written = real_write(fd, bytes, size);
  if (written > 0) remember(fd, bytes, (size_t)written, at);
  return written;
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
  off_t at;
  ssize_t written;
  ssize_t left;
  int i;
  if (!is_ours(fd)) return real_writev(fd, pieces, count);
  if (fails()) return -1;
  at = lseek(fd, 0, SEEK_CUR);
  written = real_writev(fd, pieces, count);
  left = written;
  for (i = 0; i < count && left > 0; ++i) {
    const size_t size = pieces[i].iov_len < (size_t)left ? pieces[i].iov_len : (size_t)left;
    remember(fd, pieces[i].iov_base, size, at);
    at += (off_t)size;
    left -= (ssize_t)size;
  }
  return written;
}

int fdatasync(int fd) {
  int code;
  if (!is_ours(fd)) return real_fdatasync(fd);
  if (fails()) return -1;
  code = real_fdatasync(fd);
  if (code == 0) settle();
  return code;
}

int fsync(int fd) {
  int code;
  if (!is_ours(fd)) return real_fsync(fd);
  if (fails()) return -1;
  code = real_fsync(fd);
  if (code == 0) settle();
  return code;
}

int ftruncate(int fd, off_t size) {
  const int code = real_ftruncate(fd, size);
  if (code == 0 && is_ours(fd)) {
    pthread_mutex_lock(&lock);
    if (durable() >= 0 && real_ftruncate(durable_fd, size) != 0) abort();
    pthread_mutex_unlock(&lock);
  }
  return code;
}
