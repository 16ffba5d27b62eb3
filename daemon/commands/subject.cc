// subject show, erase: the answer to a person who asks what is stored about them, or wants it gone. Where
// things are stored is told by the sources; the list's own is here.
#include "daemon/upkeep/subject.h"

#include "daemon/commands/handlers.h"
#include "daemon/commands/listing.h"
#include "mail/address.h"

namespace signpost::daemon::commands {
namespace {

upkeep::SubjectSource listings_source(store::list::SuppressionStore& suppressions) {
  upkeep::SubjectSource source;
  source.what = "listing";
  source.show = [&suppressions](const mail::Address& address) -> base::Result<std::vector<policy::Fields>> {
    const auto listings = suppressions.at(mail::format_address(address));
    if (!listings) return tl::unexpected(listings.error());
    std::vector<policy::Fields> lines;
    for (const policy::Listing& listing : *listings) {
      lines.push_back(listing_fields(listing));
      if (listing.as_given != listing.address) lines.back().emplace_back("as-given", listing.as_given);
    }
    return lines;
  };
  source.erase = [&suppressions](const mail::Address& address) -> base::Result<std::uint64_t> {
    const auto listings = suppressions.at(mail::format_address(address));
    if (!listings) return tl::unexpected(listings.error());
    if (listings->empty()) return 0;
    return suppressions.forget(mail::format_address(address));
  };
  return source;
}

std::vector<upkeep::SubjectSource> all_sources(ControlContext& context) {
  std::vector<upkeep::SubjectSource> sources = {listings_source(context.suppressions)};
  sources.insert(sources.end(), context.subjects.begin(), context.subjects.end());
  return sources;
}

}  // namespace

void subject_show(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto address = mail::parse_address(request.get("ADDRESS"));
  if (!address) return reply.error(address.error());
  std::vector<policy::Fields> lines;
  for (const upkeep::SubjectSource& source : all_sources(context)) {
    auto told = source.show(*address);
    if (!told) return reply.error(told.error());
    for (policy::Fields& fields : *told) {
      fields.insert(fields.begin(), {"what", source.what});
      lines.push_back(std::move(fields));
    }
  }
  reply.ok(policy::format_fields({{"key", mail::canonical_key(*address)}}));
  for (const policy::Fields& fields : lines) reply.line(fields);
  reply.end(lines.size());
}

void subject_erase(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto address = mail::parse_address(request.get("ADDRESS"));
  if (!address) return reply.error(address.error());
  std::vector<policy::Fields> lines;
  for (const upkeep::SubjectSource& source : all_sources(context)) {
    const auto erased = source.erase(*address);
    if (!erased) return reply.error(erased.error());
    lines.push_back({{"what", source.what}, {"erased", std::to_string(*erased)}});
  }
  context.after_erasure();
  reply.ok();
  for (const policy::Fields& fields : lines) reply.line(fields);
  reply.end(lines.size());
}

}  // namespace signpost::daemon::commands
