#include "daemon/commands/listing.h"

#include "base/text.h"
#include "mail/hashed_address.h"
#include "policy/tenant.h"
#include "store/list/place.h"
#include "store/tables.h"

namespace signpost::daemon::commands {
namespace {

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

}  // namespace

base::Result<policy::Listing> make_listing(std::string_view address) {
  auto place = store::list::place_of(address);
  if (!place) return tl::unexpected(place.error());
  policy::Listing listing;
  listing.address = std::move(place->address);
  listing.as_given = place->table == store::tables::hashed ? listing.address : std::string(address);
  return listing;
}

base::Result<void> check_scope(const policy::Listing& listing) {
  if (!listing.stream.empty() && listing.tenant.empty()) return base::invalid("a stream needs its tenant");
  if (listing.subdomains && !listing.address.starts_with('@') && !mail::looks_hashed(listing.address))
    return base::invalid("subdomains are for @DOMAIN");
  return {};
}

base::Result<void> check_listing(const policy::Listing& listing, const policy::Settings& settings) {
  if (auto checked = check_scope(listing); !checked) return checked;
  if (listing.tenant.empty() || settings.find_tenant(listing.tenant) != nullptr) return {};
  std::vector<std::string> known;
  for (const policy::Tenant& tenant : settings.tenants) known.push_back(tenant.name);
  const std::string near = base::nearest(listing.tenant, known);
  return base::fail(base::ErrorKind::not_found, "no tenant is named '" + listing.tenant + "'" +
                                                    (near.empty() ? "" : " (did you mean '" + near + "'?)"));
}

policy::Reason reason_option(const Request& request) {
  return policy::parse_reason(request.get("reason")).value_or(policy::Reason::manual);
}

std::string scope_option(const Request& request, std::string_view name) {
  const std::string& value = request.get(name);
  return value == "-" ? std::string() : value;
}

std::string new_tenant(const Request& request, policy::Reason reason, const policy::Settings& settings) {
  if (request.has("tenant")) return scope_option(request, "tenant");
  const policy::Tenant* only = policy::is_own_by_default(reason) ? policy::only_tenant(settings) : nullptr;
  return only != nullptr ? only->name : std::string();
}

store::list::ListingFilter filter_options(const Request& request) {
  store::list::ListingFilter filter;
  if (request.has("reason")) filter.reason = reason_option(request);
  if (request.has("tenant")) filter.tenant = scope_option(request, "tenant");
  if (request.has("stream")) filter.stream = scope_option(request, "stream");
  return filter;
}

policy::Fields listing_fields(const policy::Listing& listing) {
  policy::Fields fields = {{"address", listing.address},
                           {"reason", policy::reason_word(listing.reason)},
                           {"tenant", or_dash(listing.tenant)},
                           {"stream", or_dash(listing.stream)},
                           {"since", base::format_time(listing.since)},
                           {"until", listing.until ? base::format_time(*listing.until) : "-"},
                           {"by", or_dash(listing.by)},
                           {"note", or_dash(listing.note)}};
  if (listing.trial) fields.emplace_back("trial", base::format_time(*listing.trial));
  if (listing.subdomains) fields.emplace_back("subdomains", "yes");
  return fields;
}

}  // namespace signpost::daemon::commands
