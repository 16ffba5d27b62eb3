#include "policy/limits/traffic.h"

namespace signpost::policy::limits {

TrafficSums& TrafficSums::operator+=(const TrafficSums& other) {
  sent += other.sent;
  delivered += other.delivered;
  undelivered += other.undelivered;
  hard += other.hard;
  soft += other.soft;
  block += other.block;
  complaints += other.complaints;
  unsubscribes += other.unsubscribes;
  refusals += other.refusals;
  for (const auto& [reason, times] : other.blocked_for) blocked_for[reason] += times;
  for (const auto& [reason, times] : other.refused_for) refused_for[reason] += times;
  return *this;
}

TrafficSums sum_of(const TrafficTable& table) {
  TrafficSums sums;
  for (const auto& [name, line] : table) sums += line;
  return sums;
}

}  // namespace signpost::policy::limits
