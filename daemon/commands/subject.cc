// subject show, erase: for a person who asks what is stored about them, or asks to have it erased. The sources know
// what is stored elsewhere; the list's own entries are read here.
#include "daemon/upkeep/subject.h"

#include "daemon/commands/handlers.h"
#include "daemon/commands/listing.h"
#include "mail/address.h"

namespace signpost::daemon::commands {
namespace {

/// The list's own lines about a person.
base::Result<std::vector<Fields>> show_listings(const store::list::SuppressionStore& suppressions,
                                                const mail::Address& address) {
  const auto listings = suppressions.at(store::list::place_of(address));
  if (!listings) return tl::unexpected(listings.error());
  std::vector<Fields> lines;
  for (const policy::Listing& listing : *listings) {
    Fields& fields = lines.emplace_back(Fields{{"what", "listing"}});
    for (Field& field : listing_fields(listing)) fields.push_back(std::move(field));
    if (listing.as_given != listing.address) fields.emplace_back("as-given", listing.as_given);
  }
  return lines;
}

/// The blocks stay, as keyed hashes. Returns how many there were in the clear.
base::Result<std::uint64_t> erase_listings(store::list::SuppressionStore& suppressions,
                                           const mail::Address& address) {
  const store::list::Place place = store::list::place_of(address);
  const auto listings = suppressions.at(place);
  if (!listings) return tl::unexpected(listings.error());
  if (listings->empty()) return 0;
  return suppressions.forget(place);
}

}  // namespace

void subject_show(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const mail::Address& address = request.address("ADDRESS").address;
  auto lines = show_listings(context.suppressions, address);
  if (!lines) return reply.error(lines.error());
  for (const upkeep::SubjectSource& source : context.subjects) {
    const auto told = source.show(address);
    if (!told) return reply.error(told.error());
    for (const policy::Fields& one : *told) {
      Fields& fields = lines->emplace_back(Fields{{"what", source.what}});
      for (const auto& [key, value] : one) fields.emplace_back(key, value);
    }
  }
  const std::uint64_t count = lines->size();
  reply.ok({}, {{"key", mail::canonical_key(address)}});
  for (Fields& fields : *lines) reply.line(std::move(fields));
  reply.end(count);
}

void subject_erase(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  base::Result<void> settled;
  for (const upkeep::SubjectSource& source : context.subjects) {
    if (context.bulk.progress().loading) break;
    if (auto done = source.settle ? source.settle() : settled; !done) settled = std::move(done);
  }
  if (context.bulk.progress().loading) return refuse_to_forget(reply);
  const mail::Address& address = request.address("ADDRESS").address;
  const auto hashed = erase_listings(context.suppressions, address);
  if (!hashed) return reply.error(hashed.error());
  std::vector<Fields> lines = {{{"what", "listing"}, {"erased", *hashed}}};
  for (const upkeep::SubjectSource& source : context.subjects) {
    if (!source.erase) continue;
    const auto erased = source.erase(address);
    if (!erased) return reply.error(erased.error());
    lines.push_back({{"what", source.what}, {"erased", *erased}});
  }
  context.daemon.scrub_soon();
  if (!settled) return reply.error(base::in_context("all else is erased", settled.error()));
  reply.ok();
  const std::uint64_t count = lines.size();
  for (Fields& fields : lines) reply.line(std::move(fields));
  reply.end(count);
}

}  // namespace signpost::daemon::commands
