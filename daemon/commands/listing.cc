#include "daemon/commands/listing.h"

#include "base/text.h"
#include "mail/hashed_address.h"
#include "policy/listed_name.h"
#include "policy/tenant.h"
#include "store/list/place.h"
#include "store/tables.h"

namespace signpost::daemon::commands {

policy::Listing make_listing(const ListedValue& listed) {
  policy::Listing listing;
  listing.address = listed.place.address;
  listing.as_given = listed.place.table == store::tables::hashed ? listing.address : listed.given;
  return listing;
}

base::Result<void> check_scope(const policy::Listing& listing) {
  const bool is_one_stream = !listing.stream.empty() && !listing.stream.starts_with('!');
  if (is_one_stream && listing.tenant.empty())
    return base::invalid("a stream needs a tenant: add tenant=NAME");
  if (listing.subdomains && !listing.address.starts_with('@') && !mail::looks_hashed(listing.address))
    return base::invalid("subdomains=yes is only valid for @DOMAIN");
  return {};
}

base::Result<void> check_top_level(const policy::Listing& listing, bool says_subdomains) {
  if (says_subdomains || listing.subdomains || !policy::needs_subdomains(listing.address)) return {};
  return base::invalid(
      "'" + listing.address + "' alone would list only addresses directly at '" + listing.address.substr(1) +
      "'; add subdomains=yes for all domains below it, or subdomains=no for a host of that name");
}

base::Result<void> check_listing(const policy::Listing& listing, const policy::Settings& settings,
                                 const Caller& caller) {
  if (auto checked = check_scope(listing); !checked) return checked;
  if (listing.tenant.empty() || settings.find_tenant(listing.tenant) != nullptr) return {};
  std::vector<std::string> known;
  for (const policy::Tenant& tenant : settings.tenants) {
    if (caller.sees(tenant.name)) known.push_back(tenant.name);
  }
  const std::string near = base::nearest(listing.tenant, known);
  return base::fail(base::ErrorKind::not_found, "no tenant is named '" + listing.tenant + "'" +
                                                    (near.empty() ? "" : " (did you mean '" + near + "'?)"));
}

policy::Reason reason_option(const Request& request) {
  const auto* reason = request.find<policy::Reason>("reason");
  return reason == nullptr ? policy::Reason::manual : *reason;
}

std::string scope_option(const Request& request, std::string_view name) {
  const std::string& value = request.text(name);
  return value == "-" ? std::string() : value;
}

std::string new_tenant(const Request& request, policy::Reason reason, const policy::Settings& settings) {
  if (request.has("tenant")) return scope_option(request, "tenant");
  const bool is_own = policy::is_own_by_default(reason) || !scope_option(request, "stream").empty();
  return is_own ? own_tenant(request, settings) : std::string();
}

std::string own_tenant(const Request& request, const policy::Settings& settings) {
  if (request.has("tenant")) return scope_option(request, "tenant");
  const policy::Tenant* only = policy::only_tenant(settings);
  return only != nullptr ? only->name : std::string();
}

store::list::ListingFilter filter_options(const Request& request) {
  store::list::ListingFilter filter;
  if (request.has("reason")) filter.reason = reason_option(request);
  if (request.has("tenant")) filter.tenant = scope_option(request, "tenant");
  if (request.has("stream")) filter.stream = scope_option(request, "stream");
  return filter;
}

Fields listing_fields(const policy::Listing& listing) {
  Fields fields = {{"address", listing.address},
                   {"reason", policy::reason_word(listing.reason)},
                   {"tenant", text_or_none(listing.tenant)},
                   {"stream", text_or_none(listing.stream)},
                   {"since", base::format_time(listing.since)},
                   {"until", listing.until ? Value(base::format_time(*listing.until)) : Value()},
                   {"by", text_or_none(listing.by)},
                   {"note", text_or_none(listing.note)}};
  if (listing.trial) fields.emplace_back("trial", base::format_time(*listing.trial));
  if (listing.subdomains) fields.emplace_back("subdomains", true);
  return fields;
}

Fields shown_to(const Caller& caller, const policy::Listing& listing) {
  if (!caller.tenant || caller.sees(listing.tenant)) return listing_fields(listing);
  return {{"address", listing.address}, {"reason", "policy"}, {"tenant", Value::None{}}};
}

void refuse_to_forget(Reply& reply) {
  reply.error("conflict",
              "an import is running, and may already have read this address; repeat it when `status` shows "
              "no import");
}

}  // namespace signpost::daemon::commands
