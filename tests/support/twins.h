// In-memory twins of the ports a session needs: a clock ticked by hand, a suppression list in a vector, a
// sink that remembers. No mail logic here.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "mail/address.h"
#include "policy/event.h"
#include "policy/suppression.h"

namespace signpost::tests {

/// Starts at 2026-11-23T12:00:00Z and moves only when told.
class HandClock : public base::Clock {
 public:
  base::Wall wall() const override { return wall_; }
  base::Steady steady() const override { return steady_; }
  void tick(std::chrono::milliseconds by) {
    wall_ += by;
    steady_ += by;
  }

 private:
  base::Wall wall_{std::chrono::milliseconds{1795435200000}};
  base::Steady steady_{std::chrono::hours{1}};
};

/// The lines as the policy log would spell them. Thread-safe.
class RecordingSink : public policy::EventSink {
 public:
  void write(const policy::Event& event) override {
    base::MutexLock lock(mutex_);
    lines_.push_back(policy::format_event_text(event));
  }
  std::vector<std::string> lines() const {
    base::MutexLock lock(mutex_);
    return lines_;
  }

 private:
  mutable base::Mutex mutex_;
  std::vector<std::string> lines_ GUARDED_BY(mutex_);
};

/// Finds by the same rules as the store: the address, its domain, and parent domains that cover names below
/// them. Filled before it is used; reading is thread-safe.
class MemorySuppressions : public policy::Suppressions {
 public:
  void add(policy::Listing listing) { listings_.push_back(std::move(listing)); }
  /// Every lookup fails from now on, as when the disk is gone.
  void break_down() { broken_ = true; }

  base::Result<std::vector<policy::Listing>> find(const mail::Address& address) const override {
    if (broken_) return base::fail(base::ErrorKind::unavailable, "the list cannot be read");
    std::vector<policy::Listing> found;
    for (const policy::Listing& listing : listings_)
      if (names(listing, address)) found.push_back(listing);
    return found;
  }

 private:
  static bool names(const policy::Listing& listing, const mail::Address& address) {
    if (listing.address == mail::canonical_key(address)) return true;
    if (!listing.address.starts_with('@')) return false;
    const std::string domain = listing.address.substr(1);
    return address.domain == domain ||
           (listing.subdomains && mail::is_same_or_subdomain(address.domain, domain));
  }

  std::vector<policy::Listing> listings_;
  bool broken_ = false;
};

}  // namespace signpost::tests
