#include "base/buffer.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace signpost::base {

void Buffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (capacity_ - size_ < bytes.size()) reserve(std::max(size_ + bytes.size(), size_ * 2));
  std::memcpy(bytes_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void Buffer::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  auto* const moved = static_cast<char*>(std::realloc(bytes_.get(), capacity));
  if (moved == nullptr) throw std::bad_alloc();
  (void)bytes_.release();
  bytes_.reset(moved);
  capacity_ = capacity;
}

}  // namespace signpost::base
