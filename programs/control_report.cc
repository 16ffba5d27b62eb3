// report campaign: what the store counted, by tenant, link and hour.
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "base/text.h"
#include "programs/control_handlers.h"

namespace signpost::programs {
namespace {

using store::Counted;

struct Column {
  Counted what;
  const char* key;
};
constexpr std::array<Column, 9> kColumns = {{{Counted::recipient, "recipients"},
                                             {Counted::click, "clicks"},
                                             {Counted::click_prefetch, "clicks-prefetch"},
                                             {Counted::click_scanner, "clicks-scanner"},
                                             {Counted::open, "opens"},
                                             {Counted::open_prefetch, "opens-prefetch"},
                                             {Counted::open_scanner, "opens-scanner"},
                                             {Counted::unsubscribe, "unsubscribes"},
                                             {Counted::undo, "undone"}}};

using Sums = std::map<Counted, std::uint64_t>;

/// The columns that `wanted` names, also where nothing was counted.
void add_sums(Fields& fields, const Sums& sums, bool (*wanted)(Counted)) {
  for (const Column& column : kColumns) {
    if (!wanted(column.what)) continue;
    const auto found = sums.find(column.what);
    fields.emplace_back(column.key, std::to_string(found == sums.end() ? 0 : found->second));
  }
}

bool any(Counted) {
  return true;
}
bool is_click(Counted what) {
  return what == Counted::click || what == Counted::click_prefetch || what == Counted::click_scanner;
}

struct Campaign {
  Sums all;
  std::map<std::uint16_t, Sums> links;
  std::map<std::uint32_t, Sums> hours;
};

Campaign summed(const store::Counts& counts) {
  Campaign campaign;
  for (const auto& [counter, times] : counts) {
    campaign.all[counter.what] += times;
    campaign.hours[counter.hour][counter.what] += times;
    if (is_click(counter.what)) campaign.links[counter.link][counter.what] += times;
  }
  return campaign;
}

/// The lines of one tenant's campaign; returns how many.
std::uint64_t show(const std::string& tenant, const Campaign& campaign,
                   const std::map<store::LinkName, std::string>& places, bool hours, Reply& reply) {
  Fields total = {{"tenant", tenant}};
  add_sums(total, campaign.all, any);
  reply.line(total);
  std::map<std::uint16_t, std::string> place_of;
  for (const auto& [name, place] : places) place_of[name.link] = place;
  for (const auto& [link, sums] : campaign.links) {
    Fields fields = {{"tenant", tenant}, {"link", std::to_string(link)}};
    add_sums(fields, sums, is_click);
    fields.emplace_back("place", place_of[link]);
    reply.line(fields);
  }
  if (!hours) return 1 + campaign.links.size();
  for (const auto& [hour, sums] : campaign.hours) {
    Fields fields = {{"tenant", tenant}, {"hour", base::format_time(base::Wall(std::chrono::hours(hour)))}};
    add_sums(fields, sums, any);
    reply.line(fields);
  }
  return 1 + campaign.links.size() + campaign.hours.size();
}

constexpr std::size_t kSamplePiece = 8192;  ///< bytes; a line stays well below a client's limit

/// The skeleton, a line each, and the sample in pieces; returns how many.
std::uint64_t show_picture(const std::string& tenant, const store::Picture& picture, Reply& reply) {
  std::uint64_t lines = 0;
  std::string_view text = picture.skeleton;
  text.remove_suffix(text.ends_with('\n') ? 1 : 0);
  for (const std::string_view line : base::split(text, '\n')) {
    reply.line({{"tenant", tenant}, {"picture", std::string(line)}});
    ++lines;
  }
  for (std::size_t at = 0; at < picture.sample.size(); at += kSamplePiece) {
    reply.line({{"tenant", tenant}, {"sample", picture.sample.substr(at, kSamplePiece)}});
    ++lines;
  }
  return lines;
}

}  // namespace

void report_campaign(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const std::string& name = request.get("NAME");
  std::uint64_t lines = 0;
  for (const policy::Tenant& tenant : snapshot->policy.tenants) {
    if (request.has("tenant") && tenant.name != request.get("tenant")) continue;
    const auto counts = context.hits->counts(tenant.id(), name);
    const auto places = context.hits->places(tenant.id(), name);
    if (!counts || !places) return reply.error(counts ? places.error() : counts.error());
    if (counts->empty()) continue;
    if (lines == 0) reply.ok();
    lines += show(tenant.name, summed(*counts), *places, request.get("hours") == "yes", reply);
    if (request.get("picture") != "yes") continue;
    const auto picture = context.pictures->find({tenant.id(), name});
    if (picture && *picture) lines += show_picture(tenant.name, **picture, reply);
  }
  if (lines == 0) return reply.error("not-found", "nothing is counted for a campaign '" + name + "'");
  reply.end(lines);
}

}  // namespace signpost::programs
