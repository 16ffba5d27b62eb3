// suppress add, del, check, list, stats: the list one entry or one page at a time. Files of entries are
// control_import's.
#include <algorithm>

#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/listing.h"
#include "mail/address.h"

namespace signpost::daemon::commands {
namespace {

constexpr std::uint64_t kDefaultPage = 100;
constexpr std::uint64_t kLongestPage = 1000;

base::Result<policy::Listing> listing_of(const Request& request, ControlContext& context) {
  auto made = make_listing(request.get("ADDRESS|@DOMAIN"));
  if (!made) return made;
  const auto snapshot = context.snapshots.get();
  made->reason = reason_option(request);
  made->tenant = new_tenant(request, made->reason, snapshot->policy);
  made->stream = scope_option(request, "stream");
  made->subdomains = request.get("subdomains") == "yes";
  made->since = context.clock.wall();
  if (request.has("ttl")) made->until = made->since + *base::parse_duration(request.get("ttl"));
  made->by = request.peer.name;
  made->note = request.get("note");
  if (auto checked = check_listing(*made, snapshot->policy); !checked) return tl::unexpected(checked.error());
  return made;
}

/// Without a stream any entry that has not ended counts; with one those that block it, unless an exception
/// lets the mail pass.
std::vector<policy::Listing> entries_that_count(const Request& request, const policy::Settings& settings,
                                                std::vector<policy::Listing> listings, base::Wall now) {
  const auto blocks_for = [&](const std::string& name) -> const policy::BlockTable& {
    const policy::Tenant* of = settings.find_tenant(name);
    return of == nullptr ? settings.blocks : policy::blocks_of(settings, *of);
  };
  const std::string& tenant = request.get("tenant");
  const std::string& stream = request.get("stream");
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

}  // namespace

void suppress_add(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  auto listing = listing_of(request, context);
  if (!listing) return reply.error(listing.error());
  const bool hashed = request.get("hashed") == "yes";
  const auto added = hashed ? context.suppressions.add_hashed(std::move(*listing))
                            : context.suppressions.add(std::move(*listing));
  if (!added) return reply.error(added.error());
  reply.ok(*added ? "added" : "changed");
}

void suppress_del(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto removed = context.suppressions.remove(request.get("ADDRESS|@DOMAIN"), filter_options(request));
  if (!removed) return reply.error(removed.error());
  if (*removed == 0) return reply.error("not-found", "no such entry");
  reply.ok(policy::format_fields({{"removed", std::to_string(*removed)}}));
}

void suppress_check(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto address = mail::parse_address(request.get("ADDRESS"));
  if (!address) return reply.error(address.error());
  auto found = context.suppressions.find(*address);
  if (!found) return reply.error(found.error());
  const auto snapshot = context.snapshots.get();
  const auto entries = entries_that_count(request, snapshot->policy, std::move(*found), context.clock.wall());
  if (entries.empty()) return reply.ok("not-listed");
  reply.ok("listed n=" + std::to_string(entries.size()));
  for (const policy::Listing& entry : entries) reply.line(listing_fields(entry));
  reply.end(entries.size());
}

void suppress_list(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const std::uint64_t asked =
      request.has("limit") ? base::parse_number(request.get("limit")).value_or(0) : kDefaultPage;
  const std::size_t most = std::clamp<std::uint64_t>(asked, 1, kLongestPage);
  std::string domain;
  if (request.has("domain")) domain = mail::canonical_domain(request.get("domain")).value_or("");
  const auto page = context.suppressions.list(request.get("after"), most, filter_options(request), domain);
  if (!page) return reply.error(page.error());
  reply.ok();
  for (const policy::Listing& entry : page->listings) reply.line(listing_fields(entry));
  reply.end(page->listings.size(), page->next);
}

void suppress_forget(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto forgotten = context.suppressions.forget(request.get("ADDRESS|@DOMAIN"));
  if (!forgotten) return reply.error(forgotten.error());
  if (*forgotten == 0) return reply.error("not-found", "no such entry in the clear");
  context.after_erasure();
  reply.ok(policy::format_fields({{"hashed", std::to_string(*forgotten)}}));
}

void hash_address(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto hashed = context.suppressions.hash(request.get("ADDRESS|@DOMAIN"));
  if (!hashed) return reply.error(hashed.error());
  reply.ok(policy::format_fields({{"hash", *hashed}}));
}

void suppress_stats(const Request&, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto stats = context.suppressions.stats();
  if (!stats) return reply.error(stats.error());
  reply.ok();
  reply.line({{"addresses", std::to_string(stats->addresses)}});
  reply.line({{"domains", std::to_string(stats->domains)}});
  reply.line({{"hashed", std::to_string(stats->hashed)}});
  for (const auto& [reason, count] : stats->by_reason) {
    reply.line({{policy::reason_word(reason), std::to_string(count)}});
  }
}

}  // namespace signpost::daemon::commands
