#include "policy/limits/window.h"

#include <algorithm>

namespace signpost::policy::limits {
namespace {

constexpr std::int64_t kSlices = 16;  ///< whole slices in a window; one more is touched in part

bool fits(std::uint64_t used, std::uint64_t amount, std::uint64_t count) {
  return count > 0 && (used == 0 || saturating_add(used, amount) <= count);
}

}  // namespace

Window::Window(std::chrono::nanoseconds length)
    : slice_(std::max<std::int64_t>(1, length.count() / kSlices + (length.count() % kSlices != 0 ? 1 : 0))) {}

std::int64_t Window::index_of(base::Steady time) const {
  const std::int64_t since = time.time_since_epoch().count();
  const std::int64_t down = since < 0 && since % slice_.count() != 0 ? 1 : 0;
  return since / slice_.count() - down;
}

bool Window::counts(const Slice& slice, std::int64_t now) const {
  return slice.index >= now - kSlices;
}

void Window::add(std::uint64_t amount, base::Steady now) {
  if (amount == 0) return;
  const std::int64_t index = index_of(now);
  std::erase_if(slices_, [&](const Slice& slice) { return !counts(slice, index); });
  if (!slices_.empty() && slices_.back().index >= index) {
    slices_.back().amount = saturating_add(slices_.back().amount, amount);
  } else {
    slices_.push_back({index, amount});
  }
}

std::uint64_t Window::used(base::Steady now) const {
  const std::int64_t index = index_of(now);
  std::uint64_t sum = 0;
  for (const Slice& slice : slices_) {
    if (counts(slice, index)) sum = saturating_add(sum, slice.amount);
  }
  return sum;
}

std::chrono::nanoseconds Window::wait(std::uint64_t count, std::uint64_t reserved, std::uint64_t amount,
                                      base::Steady now) const {
  const std::int64_t index = index_of(now);
  if (fits(saturating_add(used(now), reserved), amount, count)) return std::chrono::nanoseconds{0};
  if (count == 0) return slice_ * kSlices;
  // Slice i no longer counts from the beginning of slice i + 17 on: the first one after which the rest fits.
  const auto end_of = [&](std::int64_t i) { return slice_ * (i + kSlices + 1) - now.time_since_epoch(); };
  for (auto slice = slices_.begin(); slice != slices_.end(); ++slice) {
    if (!counts(*slice, index)) continue;
    std::uint64_t left = reserved;
    for (auto later = slice + 1; later != slices_.end(); ++later) left = saturating_add(left, later->amount);
    if (slice->index < index && fits(left, amount, count)) return end_of(slice->index);
  }
  return end_of(slices_.empty() ? index : std::max(index, slices_.back().index));
}

std::vector<Window::Use> Window::uses(base::Steady now) const {
  const std::int64_t index = index_of(now);
  std::vector<Use> uses;
  for (const Slice& slice : slices_) {
    if (!counts(slice, index)) continue;
    const std::chrono::nanoseconds last = slice_ * (slice.index + 1) - std::chrono::nanoseconds{1};
    uses.push_back({std::max(std::chrono::nanoseconds{0}, now.time_since_epoch() - last), slice.amount});
  }
  return uses;
}

}  // namespace signpost::policy::limits
