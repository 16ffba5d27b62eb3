#include "daemon/commands/reports/delivery_counts.h"

#include <algorithm>
#include <array>

namespace signpost::daemon::commands {
namespace {

using store::Counted;

struct Column {
  Counted what;
  const char* key;
};
constexpr std::array<Column, 6> kColumns = {{{Counted::delivered, "delivered"},
                                             {Counted::undelivered, "undelivered"},
                                             {Counted::bounce_hard, "hard"},
                                             {Counted::bounce_soft, "soft"},
                                             {Counted::bounce_block, "block"},
                                             {Counted::complaint, "complaints"}}};

bool has_column(Counted what) {
  return std::any_of(kColumns.begin(), kColumns.end(),
                     [what](const Column& column) { return column.what == what; });
}

}  // namespace

std::uint64_t times_of(const DeliverySums& sums, Counted what) {
  const auto found = sums.find(what);
  return found == sums.end() ? 0 : found->second;
}

void add_delivery_columns(Fields& fields, const DeliverySums& sums) {
  for (const Column& column : kColumns) fields.emplace_back(column.key, times_of(sums, column.what));
}

base::Result<std::map<std::string, DeliverySums>> sum_streams(const store::HitStore& hits,
                                                              std::uint32_t tenant, std::uint32_t from_hour) {
  const auto counts = hits.streams(tenant, "", from_hour);
  if (!counts) return tl::unexpected(counts.error());
  std::map<std::string, DeliverySums> streams;
  for (const auto& [counter, times] : *counts) {
    if (has_column(counter.what)) streams[counter.stream][counter.what] += times;
  }
  return streams;
}

Value format_rate(std::uint64_t times, std::uint64_t base) {
  if (base < kMinVolume || times > base) return {};
  const std::uint64_t hundredths = (times * 10'000 + base / 2) / base;
  const std::string digits = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + (digits.size() < 2 ? ".0" : ".") + digits;
}

}  // namespace signpost::daemon::commands
