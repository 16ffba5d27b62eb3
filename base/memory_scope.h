// What one thread allocates with `new`, counted and bounded while a scope lives: for work whose need of memory is chosen by
// whoever wrote the message. No estimate is needed, and no shape of input gets around it. What C libraries take with malloc
// is not counted.
#pragma once

#include <cstddef>
#include <cstdint>

// ThreadSanitizer has an operator new of its own, which cannot be replaced.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SIGNPOST_OWN_NEW 0
#endif
#elif defined(__SANITIZE_THREAD__)
#define SIGNPOST_OWN_NEW 0
#endif
#ifndef SIGNPOST_OWN_NEW
#define SIGNPOST_OWN_NEW 1
#endif

namespace signpost::base {

/// Replaces the program's operator new and delete where it is linked; outside of scopes they cost what they did.
/// Belongs to the thread that made it. Scopes nest: the inner one counts for the outer too, and the narrower bound holds.
class MemoryScope {
 public:
  static constexpr std::size_t kUnlimited = SIZE_MAX;
  /// False in a build with ThreadSanitizer: nothing is counted or bounded there.
  static constexpr bool kCounts = SIGNPOST_OWN_NEW == 1;

  /// `new` throws std::bad_alloc on this thread if more than `max_bytes` would live, as malloc_usable_size counts them. What
  /// was allocated before the scope and is freed in it lowers the count.
  /// For tests of what happens then: also once `max_allocations` have succeeded.
  explicit MemoryScope(std::size_t max_bytes, std::size_t max_allocations = kUnlimited);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

  /// Bytes that live, at least 0.
  std::size_t live() const;
  /// The most that lived at once.
  std::size_t peak() const;
  std::size_t allocations() const;

 private:
  friend void* take_memory(std::size_t size);
  friend void give_memory(void* memory) noexcept;
  static thread_local MemoryScope* innermost;

  MemoryScope* outer_;
  std::int64_t max_bytes_;
  std::uint64_t max_allocations_;
  std::int64_t live_ = 0;
  std::int64_t peak_ = 0;
  std::uint64_t allocations_ = 0;
};

}  // namespace signpost::base
