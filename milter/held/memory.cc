#include "milter/held/memory.h"

namespace signpost::milter {

bool Memory::take(std::uint64_t bytes, std::uint64_t max) {
  std::uint64_t now = taken_.load();
  while (bytes <= max && now <= max - bytes) {
    if (taken_.compare_exchange_weak(now, now + bytes)) return true;
  }
  return false;
}

bool Memory::wait_and_take(std::uint64_t bytes, std::uint64_t max, std::chrono::milliseconds patience) {
  bool taken = take(bytes, max);
  if (!taken && bytes <= max && working_ > 0) {
    base::MutexLock lock(mutex_);
    ++waiting_;
    given_back_.wait_for(mutex_, patience, [&] { return (taken = take(bytes, max)) || working_ == 0; });
    --waiting_;
  }
  if (taken) ++working_;
  return taken;
}

void Memory::end_work() noexcept {
  --working_;
  wake();
}

void Memory::give_back(std::uint64_t bytes) noexcept {
  if (bytes == 0) return;
  taken_ -= bytes;
  wake();
}

void Memory::wake() noexcept {
  if (waiting_ == 0) return;
  // A waiter holds the mutex from its last look until it sleeps: whoever gives back meanwhile must wait for that.
  { base::MutexLock lock(mutex_); }
  given_back_.notify_all();
}

bool Share::grow(std::uint64_t bytes, std::uint64_t max) {
  if (!memory_->take(bytes, max)) return false;
  bytes_ += bytes;
  return true;
}

bool Share::wait_to_grow(std::uint64_t bytes, std::uint64_t max, std::chrono::milliseconds patience) {
  if (!memory_->wait_and_take(bytes, max, patience)) return false;
  if (works_) memory_->end_work();  // it is counted once
  works_ = true;
  bytes_ += bytes;
  return true;
}

void Share::shrink_to(std::uint64_t bytes) noexcept {
  if (bytes >= bytes_) return;
  memory_->give_back(bytes_ - bytes);
  bytes_ = bytes;
}

void Share::clear() noexcept {
  shrink_to(0);
  if (works_) memory_->end_work();
  works_ = false;
}

}  // namespace signpost::milter
