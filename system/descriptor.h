// A file descriptor that closes itself: files, sockets, directories and eventfds alike.
#pragma once

#include <cerrno>
#include <utility>

#include <unistd.h>

namespace signpost::system {

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { (void)close(); }

  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  /// Hands the number over to the caller; this object is then closed.
  int release() { return std::exchange(number_, -1); }
  /// Closes it now. Returns 0 or the errno of what failed; it is closed in both cases. After an interruption
  /// too (Linux), so that one is not an error.
  int close() {
    if (!is_open() || ::close(release()) == 0 || errno == EINTR) return 0;
    return errno;
  }

 private:
  int number_;
};

}  // namespace signpost::system
