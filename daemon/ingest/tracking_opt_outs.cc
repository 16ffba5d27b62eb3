#include "daemon/ingest/tracking_opt_outs.h"

#include <algorithm>
#include <utility>

#include "mail/address.h"
#include "policy/settings.h"

namespace signpost::daemon::ingest {
namespace {

constexpr std::chrono::minutes kReadAgain{1};

bool is_in_force(const policy::Listing& listing, std::uint32_t tenant, base::Wall now) {
  if (listing.reason != policy::Reason::no_tracking) return false;
  if (listing.until && *listing.until <= now) return false;
  return listing.tenant.empty() || policy::tenant_id(listing.tenant) == tenant;
}

}  // namespace

void Refusals::expire(base::Steady now) {
  if (now - expired_ < kReadAgain) return;
  expired_ = now;
  is_read_ = false;
}

base::Result<void> Refusals::read() {
  std::vector<policy::Listing> refusing;
  store::list::ListingFilter filter;
  filter.reason = policy::Reason::no_tracking;
  auto read = list_.for_each(filter, [&refusing](const policy::Listing& listing) {
    refusing.push_back(listing);
    return true;
  });
  if (!read) return read;
  refusing_ = std::move(refusing);
  pseudonyms_.clear();
  is_read_ = true;
  return {};
}

base::Result<bool> Refusals::refuses(const track::Token& token, const track::Sealer& sealer, base::Wall now) {
  if (token.mode == track::Mode::pseudonymous) {
    if (auto done = is_read_ ? base::Result<void>() : read(); !done) return tl::unexpected(done.error());
    return knows_pseudonym(token, sealer, now);
  }
  const auto address = mail::parse_address(token.recipient);
  if (!address) return false;
  return list_.find(*address).map([&](const std::vector<policy::Listing>& listings) {
    return std::any_of(listings.begin(), listings.end(), [&](const policy::Listing& listing) {
      return is_in_force(listing, token.tenant, now);
    });
  });
}

bool Refusals::knows_pseudonym(const track::Token& token, const track::Sealer& sealer, base::Wall now) {
  const auto [entry, added] = pseudonyms_.try_emplace(token.tenant);
  if (added) {
    for (const policy::Listing& listing : refusing_) {
      if (!is_in_force(listing, token.tenant, now)) continue;
      for (std::string& pseudonym : sealer.pseudonyms(token.tenant, listing.address))
        entry->second.insert(std::move(pseudonym));
    }
  }
  return entry->second.count(token.recipient) > 0;
}

}  // namespace signpost::daemon::ingest
