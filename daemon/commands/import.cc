// suppress import and export. Good lines go to a sorted load as they are read, bad ones are counted; the list
// changes when the last line was read, while lookups go on (store/list/bulk_load).
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "daemon/commands/entries.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/listing.h"
#include "policy/listed_name.h"
#include "store/list/bulk_load.h"

namespace signpost::daemon::commands {
namespace {

constexpr std::size_t kShownBadLines = 100;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::size_t kMaxMeanings = 500;

bool replaces(const Request& request) {
  const auto* mode = request.find<ImportMode>("mode");
  return mode != nullptr && *mode == ImportMode::replace;
}

struct BadLine {
  std::uint64_t number;
  std::string why;
};

/// One import from its first line to its answer.
class Import {
 public:
  Import(const Request& request, const ControlContext& context, policy::Listing defaults,
         std::unique_ptr<store::list::BulkLoad> load)
      : request_(request),
        snapshot_(context.snapshots.get()),
        defaults_(std::move(defaults)),
        load_(std::move(load)) {}

  /// Reads to the ".". False if the lines ended before.
  bool read(LineSource& lines);
  /// Changes the list.
  base::Result<void> commit();
  void answer(Reply& reply) const;

 private:
  void take(std::string_view line);
  bool take_header(std::string_view line);
  base::Result<void> take_entry(std::string_view line);
  base::Result<void> take_listing(EntryLine entry);
  void set_scope(EntryLine& entry) const;
  std::uint64_t number_of(std::string_view line) const;
  void reject(std::uint64_t number, std::string why);
  base::Result<void> check_bound() const;

  const Request& request_;
  const std::shared_ptr<const milter::Snapshot> snapshot_;
  policy::Listing defaults_;
  std::unique_ptr<store::list::BulkLoad> load_;
  EntryLayout layout_;
  bool names_tenants_ = false;  ///< there is a tenant column: where it is empty, the listing holds everywhere
  bool first_ = true;
  std::uint64_t line_ = 0;
  std::uint64_t bad_ = 0;
  std::uint64_t ignored_ = 0;
  std::uint64_t expired_ = 0;
  std::vector<BadLine> shown_;
  /// How many entries of each reason and scope were taken; at most kMaxMeanings of them are told apart.
  std::map<std::tuple<policy::Reason, std::string, std::string>, std::uint64_t> meanings_;
  /// A header line that cannot be read, or a full disk: no line after it counts.
  std::optional<base::Error> failure_;
  store::list::BulkCounts counts_;
};

bool Import::read(LineSource& lines) {
  std::string line;
  while (true) {
    const LineStatus status = lines.read_line(line);
    if (status == LineStatus::closed) return false;
    if (status == LineStatus::line && line == ".") return true;
    ++line_;
    if (status == LineStatus::too_long) {
      reject(line_, "longer than " + std::to_string(kMaxCommandLine) + " bytes");
    } else if (!failure_) {
      take(line);
    }
  }
}

void Import::take(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (base::trim(line).empty()) return;
  if (std::exchange(first_, false) && take_header(line)) return;
  const auto taken = take_entry(line);
  if (taken) return;
  if (taken.error().kind == base::ErrorKind::unavailable) {
    failure_ = taken.error();
  } else {
    reject(number_of(line), taken.error().text);
  }
}

/// The number that the line itself tells, else its place among the lines.
std::uint64_t Import::number_of(std::string_view line) const {
  const bool is_told = layout_.columns.front() == EntryColumn::line;
  return (is_told ? base::parse_number(line.substr(0, line.find(layout_.separator))) : std::nullopt)
      .value_or(line_);
}

base::Result<void> Import::take_entry(std::string_view line) {
  auto entry = parse_entry_line(line, layout_, defaults_);
  if (!entry) return tl::unexpected(entry.error());
  switch (entry->outcome) {
    case EntryOutcome::entry:
      return take_listing(std::move(*entry));
    case EntryOutcome::ignored:
      ++ignored_;
      return {};
    case EntryOutcome::expired:
      ++expired_;
      return {};
    case EntryOutcome::bad:
      break;
  }
  return base::invalid(entry->listing.note.empty() ? "the record cannot be read" : entry->listing.note);
}

base::Result<void> Import::take_listing(EntryLine entry) {
  policy::Listing& listing = entry.listing;
  const auto name = policy::parse_listed_name(listing.address);
  if (!name) return tl::unexpected(name.error());
  listing.address = name->name;
  listing.subdomains = listing.subdomains || (name->subdomains && !entry.says_subdomains);
  if (auto clear = check_top_level(listing, entry.says_subdomains); !clear) return clear;
  set_scope(entry);
  if (!request_.caller.sees(listing.tenant))
    return base::invalid("this caller may only use tenant '" + *request_.caller.tenant + "'");
  if (auto checked = check_listing(listing, snapshot_->policy, request_.caller); !checked) return checked;
  const std::tuple meaning(listing.reason, listing.tenant, listing.stream);
  auto added = load_->add(std::move(listing), entry.line == 0 ? line_ : entry.line);
  if (added && (meanings_.size() < kMaxMeanings || meanings_.contains(meaning))) ++meanings_[meaning];
  return added;
}

/// The tenant of an entry that names none, and what `stream=` is then.
void Import::set_scope(EntryLine& entry) const {
  policy::Listing& listing = entry.listing;
  const bool is_named = names_tenants_ && !(listing.tenant.empty() && entry.scope == EntryScope::own);
  if (is_named) return;
  switch (entry.scope) {
    case EntryScope::by_reason:
      listing.tenant = new_tenant(request_, listing.reason, snapshot_->policy);
      return;
    case EntryScope::own:
      listing.tenant = own_tenant(request_, snapshot_->policy);
      return;
    case EntryScope::everywhere:
      listing.tenant = scope_option(request_, "tenant");
      if (listing.tenant.empty() && listing.stream == defaults_.stream) listing.stream.clear();
      return;
  }
}

/// True if the line was a header, or tried to be one.
bool Import::take_header(std::string_view line) {
  auto header = parse_entry_header(line);
  if (!header) {
    failure_ = base::in_context("line " + std::to_string(line_), header.error());
    return true;
  }
  if (!*header) return false;
  layout_ = std::move(**header);
  const auto& columns = layout_.columns;
  names_tenants_ = std::find(columns.begin(), columns.end(), EntryColumn::tenant) != columns.end();
  if (names_tenants_) defaults_.tenant = scope_option(request_, "tenant");
  return true;
}

void Import::reject(std::uint64_t number, std::string why) {
  ++bad_;
  if (shown_.size() < kShownBadLines) shown_.push_back({number, std::move(why)});
}

base::Result<void> Import::check_bound() const {
  const auto* max = request_.find<std::uint64_t>("max-bad");
  if (max == nullptr || bad_ <= *max) return {};
  std::string text = std::to_string(bad_) + " bad records are more than max-bad=" + std::to_string(*max) +
                     " allows; nothing was listed";
  for (std::size_t i = 0; i < std::min<std::size_t>(shown_.size(), 5); ++i)
    text += "; line " + std::to_string(shown_[i].number) + ": " + shown_[i].why;
  return base::invalid(std::move(text));
}

base::Result<void> Import::commit() {
  if (failure_) return tl::unexpected(*failure_);
  if (auto bounded = check_bound(); !bounded) return bounded;
  auto done = load_->run();
  if (!done) return tl::unexpected(done.error());
  counts_ = std::move(*done);
  for (const auto& [number, error] : counts_.refusals) reject(number, error.text);
  bad_ += counts_.refused - counts_.refusals.size();
  return {};
}

void Import::answer(Reply& reply) const {
  const bool is_foreign = request_.has("format");
  Fields counts;
  if (request_.flag("dry-run")) counts.emplace_back("dry-run", true);
  counts.emplace_back("added", counts_.added);
  counts.emplace_back("changed", counts_.changed);
  if (replaces(request_)) counts.emplace_back("removed", counts_.removed);
  counts.emplace_back("bad", bad_);
  if (is_foreign || ignored_ > 0) counts.emplace_back("ignored", ignored_);
  if (is_foreign || expired_ > 0) counts.emplace_back("expired", expired_);
  if (is_foreign) counts.emplace_back("format", request_.text("format"));
  reply.ok({}, std::move(counts));
  std::uint64_t lines = shown_.size();
  for (const auto& [meaning, count] : meanings_) {
    if (!is_foreign) break;
    const auto& [reason, tenant, stream] = meaning;
    reply.line({{"reason", policy::reason_word(reason)},
                {"tenant", text_or_none(tenant)},
                {"stream", text_or_none(stream)},
                {"n", count}});
    ++lines;
  }
  for (const BadLine& bad : shown_) reply.line({{"line", bad.number}, {"error", bad.why}});
  reply.end(lines);
}

policy::Listing defaults_of(const Request& request, const policy::Settings& settings, base::Wall now) {
  policy::Listing defaults;
  defaults.reason = reason_option(request);
  defaults.tenant = new_tenant(request, defaults.reason, settings);
  defaults.stream = scope_option(request, "stream");
  defaults.since = now;
  defaults.by = request.caller.name;
  return defaults;
}

/// What the command asks for, or why it cannot be done, whatever its lines contain.
base::Result<store::list::BulkPlan> plan_of(const Request& request, const policy::Listing& defaults,
                                            const policy::Settings& settings) {
  for (const char* option : {"columns", "ignore", "keep-expired", "preview"}) {
    if (!request.has(option)) continue;
    return base::invalid(std::string(option) +
                         "= is for `signpostctl suppress import`, which reads other services' " +
                         "files; on the socket each line is one entry of Signpost's own form");
  }
  if (auto checked = check_listing(defaults, settings, request.caller); !checked)
    return tl::unexpected(checked.error());
  store::list::BulkPlan plan;
  plan.dry_run = request.flag("dry-run");
  plan.may_shrink = request.flag("force");
  plan.hashed = request.flag("hashed");
  if (!replaces(request)) return plan;
  if (!request.has("reason"))
    return base::invalid("mode=replace needs reason=, which names the list to replace");
  if (!defaults.stream.empty())
    return base::invalid("mode=replace replaces everything of a reason and tenant; stream= cannot be given");
  plan.replaced = store::list::SetName{defaults.reason, defaults.tenant};
  return plan;
}

/// Refuses because another import is running, or because a replacement would leave too little.
void refuse_import(const base::Error& error, Reply& reply) {
  const bool conflict = error.kind == base::ErrorKind::limit;
  reply.error(conflict ? "conflict" : base::kind_word(error.kind), error.text);
}

}  // namespace

void suppress_import(const Request& request, ControlContext& context, LineSource& lines, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  policy::Listing defaults = defaults_of(request, snapshot->policy, context.clock.wall());
  auto load = plan_of(request, defaults, snapshot->policy).and_then([&](store::list::BulkPlan plan) {
    return context.bulk.begin(std::move(plan));
  });
  if (!load) {
    if (skip_lines(lines)) refuse_import(load.error(), reply);
    return;
  }
  Import import(request, context, std::move(defaults), std::move(*load));
  if (!import.read(lines)) return;
  if (const auto committed = import.commit(); !committed) return refuse_import(committed.error(), reply);
  import.answer(reply);
}

void suppress_export(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  reply.ok();
  reply.raw(format_entry_header());
  std::uint64_t count = 0;
  const auto done =
      context.suppressions.for_each(filter_options(request), [&](const policy::Listing& listing) {
        reply.raw(format_entry_line(listing));
        ++count;
        return reply.alive();
      });
  if (!done) return reply.error(done.error());
  reply.end(count);
}

}  // namespace signpost::daemon::commands
