// One account of the memory that messages hold and are worked on with, so that `milter.max_held` bounds their sum: header,
// body, what the transform needs, and copies that wait elsewhere. Knows numbers only; who takes how much for what is said by
// the owners of a Share: header and body here, and what works on them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/mutex.h"

namespace signpost::milter {

/// Thread-safe. `max` comes with each call, since a reload may change it.
class Memory {
 public:
  /// `taken` is the account, in bytes; it must outlive this.
  explicit Memory(std::atomic<std::uint64_t>& taken) : taken_(taken) {}

  /// False, and nothing taken, if more than `max` would be taken then.
  bool take(std::uint64_t bytes, std::uint64_t max);
  /// As `take`, for work; waits for others who work until they have given back enough, for `patience` at most. Whoever got
  /// it must call end_work.
  bool wait_and_take(std::uint64_t bytes, std::uint64_t max, std::chrono::milliseconds patience);
  void end_work() noexcept;
  void give_back(std::uint64_t bytes) noexcept;

 private:
  void wake() noexcept;

  std::atomic<std::uint64_t>& taken_;
  std::atomic<unsigned> working_{0};
  std::atomic<unsigned> waiting_{0};
  base::Mutex mutex_;
  base::Condition given_back_;
};

/// What one owner has taken; given back when it ends. The account must outlive it. Not thread-safe.
class Share {
 public:
  explicit Share(Memory& memory) : memory_(&memory) {}
  ~Share() { clear(); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  std::uint64_t bytes() const { return bytes_; }
  /// False, and nothing changed, if the account has no room for so many more.
  bool grow(std::uint64_t bytes, std::uint64_t max);
  /// For work, see Memory::wait_and_take. The work ends with `clear`.
  bool wait_to_grow(std::uint64_t bytes, std::uint64_t max, std::chrono::milliseconds patience);
  /// Does nothing if it has less.
  void shrink_to(std::uint64_t bytes) noexcept;
  void clear() noexcept;

 private:
  Memory* memory_;
  std::uint64_t bytes_ = 0;
  bool works_ = false;
};

}  // namespace signpost::milter
