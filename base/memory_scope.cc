// operator new and delete of the program, over malloc and free. The aligned forms stay with the library and are not counted.
#include "base/memory_scope.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace signpost::base {

thread_local MemoryScope* MemoryScope::innermost = nullptr;

MemoryScope::MemoryScope(std::size_t max_bytes, std::size_t max_allocations)
    : outer_(innermost),
      max_bytes_(static_cast<std::int64_t>(std::min<std::size_t>(max_bytes, INT64_MAX))),
      max_allocations_(max_allocations) {
  if (outer_ != nullptr) {
    max_bytes_ = std::min(max_bytes_, std::max<std::int64_t>(outer_->max_bytes_ - outer_->live_, 0));
    max_allocations_ = std::min(max_allocations_, outer_->max_allocations_ - outer_->allocations_);
  }
  innermost = this;
}

MemoryScope::~MemoryScope() {
  innermost = outer_;
  if (outer_ == nullptr) return;
  outer_->peak_ = std::max(outer_->peak_, outer_->live_ + peak_);
  outer_->live_ += live_;
  outer_->allocations_ += allocations_;
}

std::size_t MemoryScope::live() const {
  return static_cast<std::size_t>(std::max<std::int64_t>(live_, 0));
}

std::size_t MemoryScope::peak() const {
  return static_cast<std::size_t>(peak_);
}

std::size_t MemoryScope::allocations() const {
  return allocations_;
}

void* take_memory(std::size_t size) {
  MemoryScope* const scope = MemoryScope::innermost;
  if (scope != nullptr) {
    const bool fits = scope->live_ < scope->max_bytes_ &&
                      size <= static_cast<std::uint64_t>(scope->max_bytes_ - scope->live_);
    if (!fits || scope->allocations_ >= scope->max_allocations_) throw std::bad_alloc();
  }
  void* const memory = std::malloc(std::max<std::size_t>(size, 1));
  if (memory == nullptr) throw std::bad_alloc();
  if (scope != nullptr) {
    ++scope->allocations_;
    scope->live_ += static_cast<std::int64_t>(malloc_usable_size(memory));
    scope->peak_ = std::max(scope->peak_, scope->live_);
  }
  return memory;
}

void give_memory(void* memory) noexcept {
  MemoryScope* const scope = MemoryScope::innermost;
  if (scope != nullptr && memory != nullptr)
    scope->live_ -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace signpost::base

#if SIGNPOST_OWN_NEW
// All forms but the aligned ones: where one is the library's, or a sanitizer's, its memory would reach our delete.

void* operator new(std::size_t size) {
  return signpost::base::take_memory(size);
}

void* operator new[](std::size_t size) {
  return signpost::base::take_memory(size);
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return signpost::base::take_memory(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept {
  return operator new(size, tag);
}

void operator delete(void* memory) noexcept {
  signpost::base::give_memory(memory);
}

void operator delete[](void* memory) noexcept {
  signpost::base::give_memory(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  signpost::base::give_memory(memory);
}

void operator delete[](void* memory, std::size_t) noexcept {
  signpost::base::give_memory(memory);
}

void operator delete(void* memory, const std::nothrow_t&) noexcept {
  signpost::base::give_memory(memory);
}

void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  signpost::base::give_memory(memory);
}
#endif
