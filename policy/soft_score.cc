#include "policy/soft_score.h"

#include <cmath>

namespace signpost::policy {
namespace {

constexpr std::uint64_t kOne = 1000;
constexpr std::chrono::hours kOnce{24};

}  // namespace

SoftScore note_reached(const SoftScore& score, base::Wall now) {
  SoftScore noted = score;
  if (!score.reached && now > score.at) noted.reached = now;
  return noted;
}

SoftScore add_soft_bounce(const std::optional<SoftScore>& before, base::Wall now, const SoftRule& rule) {
  if (before && before->reached && now - *before->reached >= kProven) return {kOne, now};
  if (!before || before->at > now) return {kOne + (before ? before->thousandths : 0), now};
  const auto age = now - before->at;
  if (age < kOnce) return {before->thousandths, before->at};
  const double half_lives =
      std::chrono::duration<double>(age) / std::chrono::duration<double>(rule.half_life);
  const double faded = static_cast<double>(before->thousandths) * std::exp2(-half_lives);
  return {kOne + static_cast<std::uint64_t>(std::llround(faded)), now};
}

bool is_due(const SoftScore& score, const SoftRule& rule) {
  // Four daily bounces fade a little meanwhile, and count as four.
  return score.thousandths + kOne / 2 >= rule.limit * kOne;
}

}  // namespace signpost::policy
