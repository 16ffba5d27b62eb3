#include "daemon/commands/reports/delivery_counts.h"

namespace signpost::daemon::commands {

void add_delivery_columns(Fields& fields, const policy::limits::TrafficSums& sums) {
  for (const DeliveryColumn& column : kDeliveryColumns) fields.emplace_back(column.key, sums.*column.sum);
}

Value format_rate(std::uint64_t times, std::uint64_t base) {
  if (base < kMinVolume || times > base) return {};
  const std::uint64_t hundredths = (times * 10'000 + base / 2) / base;
  const std::string digits = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + (digits.size() < 2 ? ".0" : ".") + digits;
}

}  // namespace signpost::daemon::commands
