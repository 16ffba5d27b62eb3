#include "tests/system/faults.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <sys/types.h>

namespace signpost::system::faults {
namespace {

thread_local bool planning = false;
thread_local std::vector<Fault> planned;

/// Takes the fault that is due for this call. False if the call goes well.
bool take(const char* call, Fault& fault) {
  if (!planning) return false;
  const auto found =
      std::find_if(planned.begin(), planned.end(), [&](const Fault& one) { return one.call == call; });
  if (found == planned.end()) return false;
  if (found->after > 0) {
    --found->after;
    return false;
  }
  fault = *found;
  planned.erase(found);
  return true;
}

/// The bytes that a call may move; nullopt-like -1 with errno set if it fails.
ssize_t allowed(const char* call, std::size_t size) {
  Fault fault;
  if (!take(call, fault)) return static_cast<ssize_t>(size);
  if (fault.error == 0) return static_cast<ssize_t>(std::min(size, fault.bytes));
  errno = fault.error;
  return -1;
}

}  // namespace

Plan::Plan(std::vector<Fault> faults) {
  planned = std::move(faults);
  planning = true;
}

Plan::~Plan() {
  planning = false;
  planned.clear();
}

bool Plan::is_spent() const {
  return planned.empty();
}

extern "C" {

ssize_t __real_write(int file, const void* bytes, std::size_t size);
ssize_t __real_pwrite(int file, const void* bytes, std::size_t size, off_t at);
ssize_t __real_read(int file, void* bytes, std::size_t size);
ssize_t __real_pread(int file, void* bytes, std::size_t size, off_t at);
int __real_fsync(int file);
int __real_close(int file);
int __real_renameat(int from, const char* old_name, int to, const char* new_name);

ssize_t __wrap_write(int file, const void* bytes, std::size_t size) {
  const ssize_t count = allowed("write", size);
  return count < 0 ? count : __real_write(file, bytes, static_cast<std::size_t>(count));
}
ssize_t __wrap_pwrite(int file, const void* bytes, std::size_t size, off_t at) {
  const ssize_t count = allowed("pwrite", size);
  return count < 0 ? count : __real_pwrite(file, bytes, static_cast<std::size_t>(count), at);
}
ssize_t __wrap_read(int file, void* bytes, std::size_t size) {
  const ssize_t count = allowed("read", size);
  return count < 0 ? count : __real_read(file, bytes, static_cast<std::size_t>(count));
}
ssize_t __wrap_pread(int file, void* bytes, std::size_t size, off_t at) {
  const ssize_t count = allowed("pread", size);
  return count < 0 ? count : __real_pread(file, bytes, static_cast<std::size_t>(count), at);
}
int __wrap_fsync(int file) {
  return allowed("fsync", 0) < 0 ? -1 : __real_fsync(file);
}
/// As Linux does it: after an error the descriptor is gone too.
int __wrap_close(int file) {
  Fault fault;
  const bool fails = take("close", fault);
  const int closed = __real_close(file);
  if (!fails) return closed;
  errno = fault.error;
  return -1;
}
int __wrap_renameat(int from, const char* old_name, int to, const char* new_name) {
  return allowed("renameat", 0) < 0 ? -1 : __real_renameat(from, old_name, to, new_name);
}

}  // extern "C"

}  // namespace signpost::system::faults
