#include "programs/control_listing.h"

#include "base/text.h"
#include "mail/address.h"

namespace signpost::programs {
namespace {

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

}  // namespace

base::Result<policy::Listing> make_listing(std::string_view address) {
  policy::Listing listing;
  listing.as_given = address;
  if (base::starts_with_ignore_case(address, "hmac:")) {
    return base::invalid("hashed entries are not available in this version");
  }
  if (address.starts_with('@')) {
    const auto domain = mail::canonical_domain(address.substr(1));
    if (!domain) return tl::unexpected(domain.error());
    listing.address = "@" + *domain;
    return listing;
  }
  auto parsed = mail::parse_address(address);
  if (!parsed) return tl::unexpected(parsed.error());
  parsed->local = base::lower(parsed->local);
  listing.address = mail::format_address(*parsed);
  return listing;
}

base::Result<void> check_scope(const policy::Listing& listing) {
  if (!listing.stream.empty() && listing.tenant.empty()) return base::invalid("a stream needs its tenant");
  if (listing.subdomains && !listing.address.starts_with('@'))
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

store::ListingFilter filter_options(const Request& request) {
  store::ListingFilter filter;
  if (request.has("reason")) filter.reason = reason_option(request);
  if (request.has("tenant")) filter.tenant = scope_option(request, "tenant");
  if (request.has("stream")) filter.stream = scope_option(request, "stream");
  return filter;
}

Fields listing_fields(const policy::Listing& listing) {
  Fields fields = {{"address", listing.address},
                   {"reason", policy::reason_word(listing.reason)},
                   {"tenant", or_dash(listing.tenant)},
                   {"stream", or_dash(listing.stream)},
                   {"since", base::format_time(listing.since)},
                   {"until", listing.until ? base::format_time(*listing.until) : "-"},
                   {"by", or_dash(listing.by)},
                   {"note", or_dash(listing.note)}};
  if (listing.subdomains) fields.emplace_back("subdomains", "yes");
  return fields;
}

}  // namespace signpost::programs
