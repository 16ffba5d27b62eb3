// In-memory twins of the ports a session needs: a clock ticked by hand, a suppression list in a vector, a
// sink that remembers. No mail logic here.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "mail/address.h"
#include "policy/event.h"
#include "policy/probation.h"
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
/// them, and keeps trials as the store does. Filled before it is used; reading is thread-safe, trials are not.
class MemorySuppressions : public policy::Suppressions, public policy::Probation {
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

  base::Result<bool> begin(const std::vector<policy::Listing>& due, base::Wall now) override {
    if (broken_) return base::fail(base::ErrorKind::unavailable, "the list cannot be written");
    for (const policy::Listing& listing : due)
      if (place_of(listing) == listings_.end()) return false;
    for (const policy::Listing& listing : due) place_of(listing)->trial = now;
    return true;
  }
  base::Result<void> give_back(const std::vector<policy::Listing>& listings, base::Wall begun) override {
    for (policy::Listing listing : listings) {
      listing.trial = begun;
      if (const auto place = place_of(listing); place != listings_.end()) place->trial.reset();
    }
    return {};
  }
  base::Result<bool> end(const policy::Listing& listing, policy::TrialResult result,
                         std::optional<base::Wall> until) override {
    const auto place = place_of(listing);
    if (place == listings_.end() || !place->trial) return false;
    if (result == policy::TrialResult::accepted) {
      listings_.erase(place);
    } else {
      place->until = until;
      place->trial.reset();
    }
    return true;
  }
  const std::vector<policy::Listing>& listings() const { return listings_; }

 private:
  std::vector<policy::Listing>::iterator place_of(const policy::Listing& listing) {
    return std::find(listings_.begin(), listings_.end(), listing);
  }
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
