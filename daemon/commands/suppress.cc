// suppress add, del, check, list, stats: the list one entry or one page at a time. Files of entries
// are imported and exported by daemon/commands/import.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/listing.h"
#include "mail/address.h"
#include "store/tables.h"

namespace signpost::daemon::commands {
namespace {

constexpr std::uint64_t kDefaultPage = 100;
constexpr std::uint64_t kMaxPage = 1000;

/// What the command lists.
base::Result<policy::Listing> listing_of(const Request& request, ControlContext& context) {
  const ListedValue& listed = request.listed("ADDRESS|@DOMAIN");
  policy::Listing listing = make_listing(listed);
  const auto snapshot = context.snapshots.get();
  listing.reason = reason_option(request);
  listing.tenant = new_tenant(request, listing.reason, snapshot->policy);
  listing.stream = scope_option(request, "stream");
  listing.subdomains = request.has("subdomains") ? request.flag("subdomains") : listed.subdomains;
  if (auto clear = check_top_level(listing, request.has("subdomains")); !clear)
    return tl::unexpected(clear.error());
  listing.since = context.clock.wall();
  if (const auto* ttl = request.find<std::chrono::milliseconds>("ttl")) listing.until = listing.since + *ttl;
  listing.by = request.caller.name;
  listing.note = request.text("note");
  if (auto checked = check_listing(listing, snapshot->policy, request.caller); !checked)
    return tl::unexpected(checked.error());
  return listing;
}

/// Without a stream any entry that has not ended counts; with one those that block it, unless an exception
/// lets the mail pass.
std::vector<policy::Listing> entries_that_count(const Request& request, const policy::Settings& settings,
                                                std::vector<policy::Listing> listings, base::Wall now) {
  const auto blocks_for = [&](const std::string& name) -> const policy::BlockTable& {
    const policy::Tenant* of = settings.find_tenant(name);
    return of == nullptr ? settings.blocks : policy::blocks_of(settings, *of);
  };
  const std::string& tenant = request.text("tenant");
  const std::string& stream = request.text("stream");
  const auto blocks_stream = [&](const policy::Listing& listing) {
    const std::string& of = tenant.empty() ? listing.tenant : tenant;
    return policy::decide({listing}, blocks_for(of), of, stream, now, settings.probation).blocked;
  };
  std::erase_if(listings, [&](const policy::Listing& listing) {
    const bool ended = listing.until && *listing.until <= now;
    const bool foreign = !tenant.empty() && !listing.tenant.empty() && listing.tenant != tenant;
    return ended || foreign;
  });
  if (stream.empty()) return listings;
  if (!tenant.empty() &&
      !policy::decide(listings, blocks_for(tenant), tenant, stream, now, settings.probation).blocked)
    return {};
  std::erase_if(listings, [&](const policy::Listing& listing) { return !blocks_stream(listing); });
  return listings;
}

/// The domains whose listings, of any scope that the caller sees, still cover an address; joined by commas.
std::string covering_domains(ControlContext& context, const Caller& caller, const store::list::Place& place) {
  const auto address = mail::parse_address(place.address);
  if (place.table != store::tables::addresses || !address) return {};
  const auto found = context.suppressions.find(*address);
  if (!found) return {};
  const base::Wall now = context.clock.wall();
  std::set<std::string> domains;
  for (const policy::Listing& listing : *found) {
    const bool counts = listing.address.starts_with('@') && (!listing.until || now < *listing.until);
    // A caller bound to a tenant may know of what holds everywhere that it does, not of other tenants.
    const bool is_visible = listing.tenant.empty() || caller.sees(listing.tenant);
    if (counts && is_visible) domains.insert(listing.address);
  }
  return base::join({domains.begin(), domains.end()}, ",");
}

}  // namespace

void suppress_add(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  auto listing = listing_of(request, context);
  if (!listing) return reply.error(listing.error());
  const store::list::Place& place = request.listed("ADDRESS|@DOMAIN").place;
  const auto added = request.flag("hashed") ? context.suppressions.add_hashed(place, std::move(*listing))
                                            : context.suppressions.add(place, std::move(*listing));
  if (!added) return reply.error(added.error());
  reply.ok(*added ? "added" : "changed");
}

void suppress_del(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const store::list::Place& place = request.listed("ADDRESS|@DOMAIN").place;
  const auto removed = context.suppressions.remove(place, filter_options(request));
  if (!removed) return reply.error(removed.error());
  const std::string covered = covering_domains(context, request.caller, place);
  if (*removed == 0) {
    return reply.error("not-found", "the list has no such entry" +
                                        (covered.empty() ? "" : "; it is still covered by " + covered));
  }
  Fields fields = {{"removed", *removed}};
  if (!covered.empty()) fields.emplace_back("covered-by", covered);
  reply.ok({}, std::move(fields));
}

void suppress_check(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  auto found = context.suppressions.find(request.address("ADDRESS").address);
  if (!found) return reply.error(found.error());
  const auto snapshot = context.snapshots.get();
  const auto entries = entries_that_count(request, snapshot->policy, std::move(*found), context.clock.wall());
  if (entries.empty()) return reply.ok("not-listed");
  reply.ok("listed", {{"n", entries.size()}});
  for (const policy::Listing& entry : entries) reply.line(shown_to(request.caller, entry));
  reply.end(entries.size());
}

void suppress_list(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto* limit = request.find<std::uint64_t>("limit");
  const std::uint64_t max = std::clamp<std::uint64_t>(limit == nullptr ? kDefaultPage : *limit, 1, kMaxPage);
  const auto page =
      context.suppressions.list(request.text("after"), max, filter_options(request), request.text("domain"));
  if (!page) return reply.error(page.error());
  reply.ok();
  for (const policy::Listing& entry : page->listings) reply.line(listing_fields(entry));
  reply.end(page->listings.size(), page->next);
}

void suppress_forget(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  if (context.bulk.progress().loading) return refuse_to_forget(reply);
  const auto forgotten = context.suppressions.forget(request.listed("ADDRESS|@DOMAIN").place);
  if (!forgotten) return reply.error(forgotten.error());
  if (*forgotten == 0) return reply.error("not-found", "the list has no such entry in the clear");
  context.daemon.scrub_soon();
  reply.ok({}, {{"hashed", *forgotten}});
}

void hash_address(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto hashed = context.suppressions.hash(request.listed("ADDRESS|@DOMAIN").place);
  if (!hashed) return reply.error(hashed.error());
  reply.ok({}, {{"hash", *hashed}});
}

void suppress_stats(const Request&, ControlContext& context, LineSource&, Reply& reply) {
  const auto stats = context.suppressions.stats();
  if (!stats) return reply.error(stats.error());
  reply.ok();
  reply.line({{"addresses", stats->addresses}});
  reply.line({{"domains", stats->domains}});
  reply.line({{"hashed", stats->hashed}});
  for (const auto& [reason, count] : stats->by_reason) {
    reply.line({{policy::reason_word(reason), count}});
  }
}

}  // namespace signpost::daemon::commands
