// report campaign, report list: what the store counted, by tenant, link and hour.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/ingest/hit_effect.h"
#include "track/settings.h"

namespace signpost::daemon::commands {
namespace {

using store::Counted;

struct Column {
  Counted what;
  const char* key;
};
constexpr std::array<Column, 10> kColumns = {{{Counted::recipient, "recipients"},
                                              {Counted::click, "clicks"},
                                              {Counted::click_prefetch, "clicks-prefetch"},
                                              {Counted::click_scanner, "clicks-scanner"},
                                              {Counted::open, "opens"},
                                              {Counted::open_prefetch, "opens-prefetch"},
                                              {Counted::open_scanner, "opens-scanner"},
                                              {Counted::open_privacy, "opens-privacy"},
                                              {Counted::unsubscribe, "unsubscribes"},
                                              {Counted::undo, "undone"}}};

using Sums = std::map<Counted, std::uint64_t>;

/// The columns that `wanted` selects, also if nothing was counted.
void add_sums(Fields& fields, const Sums& sums, bool (*wanted)(Counted)) {
  for (const Column& column : kColumns) {
    if (!wanted(column.what)) continue;
    const auto found = sums.find(column.what);
    fields.emplace_back(column.key, found == sums.end() ? std::uint64_t{0} : found->second);
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

std::string format_hour(std::uint32_t hour) {
  return base::format_time(base::Wall(std::chrono::hours(hour)));
}

/// Whether clicks and opens of it are counted under another name, because there are too few recipients and the links in
/// one of its streams are anonymous.
bool is_pooled(const Campaign& campaign, std::string_view name, const store::StreamCounts& streams,
               const track::Settings& settings) {
  const auto reached = campaign.all.find(Counted::recipient);
  if (name == ingest::kPooledCampaign || reached == campaign.all.end() ||
      reached->second >= ingest::kFewRecipients)
    return false;
  return std::any_of(streams.begin(), streams.end(), [&](const auto& one) {
    return settings.mode_of(one.first.stream) == track::Mode::anonymous;
  });
}

/// The lines of one tenant's campaign; returns how many.
std::uint64_t show(const std::string& tenant, const Campaign& campaign,
                   const std::map<store::LinkName, std::string>& places, bool hours, bool pooled,
                   Reply& reply) {
  Fields total = {{"tenant", tenant}};
  add_sums(total, campaign.all, any);
  if (pooled) total.emplace_back("counted-under", std::string(ingest::kPooledCampaign));
  reply.line(std::move(total));
  std::map<std::uint16_t, std::string> place_of;
  for (const auto& [name, place] : places) place_of[name.link] = place;
  for (const auto& [link, sums] : campaign.links) {
    Fields fields = {{"tenant", tenant}, {"link", link}};
    add_sums(fields, sums, is_click);
    fields.emplace_back("place", place_of[link]);
    reply.line(std::move(fields));
  }
  if (!hours) return 1 + campaign.links.size();
  for (const auto& [hour, sums] : campaign.hours) {
    Fields fields = {{"tenant", tenant}, {"hour", format_hour(hour)}};
    add_sums(fields, sums, any);
    reply.line(std::move(fields));
  }
  return 1 + campaign.links.size() + campaign.hours.size();
}

bool has_stream(const store::StreamCounts& counts, const std::string& stream) {
  return std::any_of(counts.begin(), counts.end(),
                     [&](const auto& one) { return one.first.stream == stream; });
}

bool is_told_by_every_link(Counted what) {
  return what == Counted::recipient || what == Counted::unsubscribe || what == Counted::undo;
}

/// Whether all clicks and opens of the campaign say their stream. Links that are older than that do not, nor do those whose
/// stream's code another stream has, nor anonymous ones where a stream reached few.
bool all_say_their_stream(const Campaign& campaign, const std::map<std::string, Sums>& streams) {
  return std::all_of(campaign.all.begin(), campaign.all.end(), [&](const auto& counted) {
    std::uint64_t said = 0;
    for (const auto& [stream, sums] : streams) {
      const auto found = sums.find(counted.first);
      said += found == sums.end() ? 0 : found->second;
    }
    return is_told_by_every_link(counted.first) || said == counted.second;
  });
}

/// A line for each stream, or only that of `wanted`; returns how many. A campaign that went out in a single stream has all
/// of its clicks from there. In others they are left out unless all of them say their stream.
std::uint64_t show_streams(const std::string& tenant, const Campaign& campaign,
                           const store::StreamCounts& counts, const std::string& wanted, Reply& reply) {
  std::map<std::string, Sums> streams;
  for (const auto& [counter, times] : counts) streams[counter.stream][counter.what] += times;
  const bool all_say = all_say_their_stream(campaign, streams);
  std::uint64_t lines = 0;
  for (const auto& [stream, sums] : streams) {
    if (!wanted.empty() && stream != wanted) continue;
    Fields fields = {{"tenant", tenant}, {"stream", stream}};
    const bool only_one = streams.size() == 1;
    add_sums(fields, only_one ? campaign.all : sums, only_one || all_say ? any : is_told_by_every_link);
    reply.line(std::move(fields));
    ++lines;
  }
  return lines;
}

constexpr std::size_t kSamplePiece = 8192;  ///< bytes; a line stays well below a client's limit

/// The layout's skeleton line by line, and its sample in pieces; returns how many lines.
std::uint64_t show_picture(const std::string& tenant, const store::list::Picture& picture, Reply& reply) {
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

/// Where a page begins: behind a campaign of a tenant. Written TENANT/CAMPAIGN; no tenant's name holds a slash.
struct PageStart {
  std::string tenant;
  std::string campaign;
};
std::optional<PageStart> parse_start(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  return PageStart{text.substr(0, slash), text.substr(slash + 1)};
}

constexpr std::uint64_t kDefaultCampaigns = 100;
constexpr std::uint64_t kMaxCampaigns = 1000;

}  // namespace

void report_list(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto* limit = request.find<std::uint64_t>("limit");
  const std::uint64_t most =
      std::clamp<std::uint64_t>(limit == nullptr ? kDefaultCampaigns : *limit, 1, kMaxCampaigns);
  std::optional<PageStart> start;
  if (request.has("after")) {
    start = parse_start(request.text("after"));
    if (!start) return reply.error("invalid", "after= needs what `next=` gave, TENANT/CAMPAIGN");
  }
  const auto snapshot = context.snapshots.get();
  std::vector<Fields> lines;
  std::string next;
  for (const policy::Tenant& tenant : snapshot->policy.tenants) {
    if (request.has("tenant") && tenant.name != request.text("tenant")) continue;
    if (start && tenant.name != start->tenant) continue;
    const std::optional<std::string> after = start ? std::optional(start->campaign) : std::nullopt;
    start.reset();
    const auto names = context.hits.campaigns(tenant.id(), after, most - lines.size() + 1);
    if (!names) return reply.error(names.error());
    for (const std::string& name : *names) {
      if (lines.size() == most) {
        reply.ok();
        for (Fields& line : lines) reply.line(std::move(line));
        return reply.end(most, next);
      }
      const auto counts = context.hits.counts(tenant.id(), name);
      if (!counts) return reply.error(counts.error());
      if (counts->empty()) continue;  // swept meanwhile
      const Campaign campaign = summed(*counts);
      Fields fields = {{"tenant", tenant.name},
                       {"campaign", name},
                       {"first", format_hour(campaign.hours.begin()->first)},
                       {"last", format_hour(campaign.hours.rbegin()->first)}};
      add_sums(fields, campaign.all, any);
      lines.push_back(std::move(fields));
      next = tenant.name + "/" + name;
    }
  }
  if (start) return reply.error("not-found", "there is no tenant '" + start->tenant + "'");
  reply.ok();
  for (Fields& line : lines) reply.line(std::move(line));
  reply.end(lines.size());
}

void report_campaign(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const std::string& name = request.text("NAME");
  std::uint64_t lines = 0;
  for (const policy::Tenant& tenant : snapshot->policy.tenants) {
    if (request.has("tenant") && tenant.name != request.text("tenant")) continue;
    const auto counts = context.hits.counts(tenant.id(), name);
    const auto places = context.hits.places(tenant.id(), name);
    const auto streams = context.hits.streams(tenant.id(), name);
    if (!counts) return reply.error(counts.error());
    if (!places) return reply.error(places.error());
    if (!streams) return reply.error(streams.error());
    const std::string& wanted = request.text("stream");
    if (counts->empty() || (!wanted.empty() && !has_stream(*streams, wanted))) continue;
    if (lines == 0) reply.ok();
    const Campaign campaign = summed(*counts);
    if (wanted.empty()) {
      const bool pooled = is_pooled(campaign, name, *streams, snapshot->track.of(tenant.id()));
      lines += show(tenant.name, campaign, *places, request.flag("hours"), pooled, reply);
    }
    lines += show_streams(tenant.name, campaign, *streams, wanted, reply);
    if (!request.flag("picture") || !wanted.empty()) continue;
    const auto picture = context.pictures.find({tenant.id(), name});
    if (picture && *picture) lines += show_picture(tenant.name, **picture, reply);
  }
  if (lines == 0) return reply.error("not-found", "no campaign '" + name + "' has been counted");
  reply.end(lines);
}

}  // namespace signpost::daemon::commands
