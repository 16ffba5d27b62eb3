// suppress import and export. An import is read to its end before anything is listed: good lines wait in a
// spool, bad ones are counted; then the spool is committed in batches, while lookups go on.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "programs/control_entries.h"
#include "programs/control_handlers.h"
#include "programs/control_listing.h"
#include "programs/control_spool.h"

namespace signpost::programs {
namespace {

constexpr std::size_t kBatch = 10'000;
constexpr std::size_t kShownBadLines = 100;

struct BadLine {
  std::uint64_t number;
  std::string why;
};

/// One import from its first line to its answer.
class Import {
 public:
  Import(ControlContext& context, policy::Listing defaults, LineSpool spool)
      : context_(context),
        snapshot_(context.snapshots.get()),
        defaults_(std::move(defaults)),
        spool_(std::move(spool)) {}

  /// Reads to the ".". False if the connection ended before.
  bool read(ControlChannel& channel);
  /// Commits what is good.
  base::Result<void> commit();
  void answer(bool dry_run, Reply& reply) const;
  std::uint64_t listed() const { return added_ + changed_; }
  /// A header line that cannot be read: no line after it can.
  const std::optional<base::Error>& failure() const { return failure_; }

 private:
  void take(std::string_view line);
  bool take_header(std::string_view line);
  void reject(std::uint64_t number, std::string why);
  base::Result<void> commit_batch(std::vector<policy::Listing>& batch, std::vector<std::uint64_t>& numbers);

  ControlContext& context_;
  const std::shared_ptr<const milter::Snapshot> snapshot_;
  const policy::Listing defaults_;
  LineSpool spool_;
  EntryLayout layout_;
  bool first_ = true;
  std::uint64_t line_ = 0;
  std::uint64_t good_ = 0;
  std::uint64_t bad_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t changed_ = 0;
  std::vector<BadLine> shown_;
  std::optional<base::Error> failure_;
};

bool Import::read(ControlChannel& channel) {
  std::string line;
  while (true) {
    const LineStatus status = channel.read_line(line);
    if (status == LineStatus::closed) return false;
    if (status == LineStatus::line && line == ".") return true;
    ++line_;
    if (status == LineStatus::too_long) {
      reject(line_, "longer than " + std::to_string(kMaxCommandLine) + " bytes");
    } else if (!base::trim(line).empty() && !failure_) {
      take(line);
    }
  }
}

void Import::take(std::string_view line) {
  if (std::exchange(first_, false) && take_header(line)) return;
  const auto listing = parse_entry_line(line, layout_, defaults_);
  if (!listing) return reject(line_, listing.error().text);
  if (const auto checked = check_listing(*listing, snapshot_->policy); !checked)
    return reject(line_, checked.error().text);
  ++good_;
  // A failure of the spool shows when it is rewound.
  spool_.add(std::to_string(line_) + " " + std::string(line));
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
  return true;
}

void Import::reject(std::uint64_t number, std::string why) {
  ++bad_;
  if (shown_.size() < kShownBadLines) shown_.push_back({number, std::move(why)});
}

base::Result<void> Import::commit() {
  if (auto rewound = spool_.rewind(); !rewound) return rewound;
  std::vector<policy::Listing> batch;
  std::vector<std::uint64_t> numbers;
  for (std::string line; spool_.next(line);) {
    const std::size_t blank = line.find(' ');
    auto listing = parse_entry_line(std::string_view(line).substr(blank + 1), layout_, defaults_);
    if (!listing) return base::fail(base::ErrorKind::corrupt, "the import's spool was changed");
    batch.push_back(std::move(*listing));
    numbers.push_back(base::parse_number(std::string_view(line).substr(0, blank)).value_or(0));
    if (batch.size() < kBatch) continue;
    if (auto committed = commit_batch(batch, numbers); !committed) return committed;
  }
  return commit_batch(batch, numbers);
}

base::Result<void> Import::commit_batch(std::vector<policy::Listing>& batch,
                                        std::vector<std::uint64_t>& numbers) {
  if (batch.empty()) return {};
  const auto done = context_.suppressions.add_many(std::exchange(batch, {}));
  if (!done) return tl::unexpected(done.error());
  added_ += done->created;
  changed_ += done->updated;
  for (const auto& [index, error] : done->refused) reject(numbers[index], error.text);
  numbers.clear();
  return {};
}

void Import::answer(bool dry_run, Reply& reply) const {
  Fields counts;
  if (dry_run) {
    counts = {{"dry-run", "yes"}, {"good", std::to_string(good_)}};
  } else {
    counts = {{"added", std::to_string(added_)}, {"changed", std::to_string(changed_)}};
  }
  counts.emplace_back("bad", std::to_string(bad_));
  reply.ok(format_fields(counts));
  for (const BadLine& bad : shown_) reply.line({{"line", std::to_string(bad.number)}, {"error", bad.why}});
  reply.end(shown_.size());
}

policy::Listing defaults_of(const Request& request, base::Wall now) {
  policy::Listing defaults;
  defaults.reason = reason_option(request);
  defaults.tenant = scope_option(request, "tenant");
  defaults.stream = scope_option(request, "stream");
  defaults.since = now;
  defaults.by = request.peer.name;
  return defaults;
}

/// Why the import cannot be done, whatever its lines say.
base::Result<void> check_import(const Request& request, const policy::Listing& defaults,
                                const policy::Settings& settings) {
  if (request.get("mode") == "replace") return base::invalid("mode=replace is not available in this version");
  return check_listing(defaults, settings);
}

}  // namespace

void suppress_import(const Request& request, ControlContext& context, ControlChannel& channel, Reply& reply) {
  policy::Listing defaults = defaults_of(request, context.clock.wall());
  auto checked = check_import(request, defaults, context.snapshots.get()->policy);
  auto spool = LineSpool::open(context.spool_directory);
  if (checked && !spool) checked = tl::unexpected(spool.error());
  if (!checked) {
    if (skip_lines(channel)) reply.error(checked.error());
    return;
  }
  Import import(context, std::move(defaults), std::move(*spool));
  if (!import.read(channel)) return;
  if (import.failure()) return reply.error(*import.failure());
  const bool dry_run = request.get("dry-run") == "yes";
  if (!dry_run) {
    if (const auto committed = import.commit(); !committed) {
      const std::string kept = std::to_string(import.listed()) + " entries were listed before: ";
      return reply.error(base::kind_word(committed.error().kind), kept + committed.error().text);
    }
  }
  import.answer(dry_run, reply);
}

void suppress_export(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
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

}  // namespace signpost::programs
