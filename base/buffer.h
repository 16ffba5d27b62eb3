// Bytes that grow at their end. A large buffer grows without being copied and without a second copy beside it: the C library
// asks the kernel to move its pages (mremap), which std::string cannot do.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace signpost::base {

class Buffer {
 public:
  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  /// Throws std::bad_alloc, and nothing is changed, if there is no memory.
  void append(std::string_view bytes);
  /// Room for so many bytes in all.
  void reserve(std::size_t capacity);
  /// Gives the memory back.
  void clear() {
    bytes_.reset();
    size_ = capacity_ = 0;
  }

 private:
  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace signpost::base
