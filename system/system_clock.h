// The clock of the running daemon: wall time from the system, steady time from the boot clock, which continues
// while the machine sleeps and cannot be set. What must outlive a reboot is saved with the wall time beside
// it and clamped when loaded (store/bucket_store).
#pragma once

#include <ctime>

#include "base/clock.h"

namespace signpost::system {

class SystemClock : public base::Clock {
 public:
  base::Wall wall() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  base::Steady steady() const override {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return base::Steady(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
  }
};

}  // namespace signpost::system
