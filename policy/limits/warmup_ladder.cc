#include "policy/limits/warmup_ladder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"

namespace signpost::policy::limits {
namespace {

constexpr std::uint64_t kLeastFactor = 105;
constexpr std::uint64_t kLargestFactor = 1000;
constexpr std::string_view kExpected = "expected messages a day, as in 50, 700 or 20k";

tl::unexpected<base::Error> bad_step(std::string_view text, std::string_view what) {
  return base::invalid("\"" + std::string(text) + "\": " + std::string(what) + std::string(kExpected));
}

tl::unexpected<base::Error> bad_factor(std::string_view text) {
  return base::invalid("\"" + std::string(text) +
                       "\": expected a factor from 1.05 to 10 with at most two decimals, as in 1.5");
}

std::string bounds() {
  return "a step must allow " + std::to_string(kMinWarmupVolume) + " to " + std::to_string(kMaxWarmupVolume) +
         " messages a day";
}

bool is_volume(std::uint64_t count) {
  return count >= kMinWarmupVolume && count <= kMaxWarmupVolume;
}

std::string numbered(std::size_t index, std::uint64_t volume) {
  return "step " + std::to_string(index + 1) + " (" + std::to_string(volume) + ")";
}

}  // namespace

base::Result<std::uint64_t> parse_warmup_step(std::string_view text) {
  std::string_view digits = text;
  std::uint64_t factor = 1;
  if (text.ends_with('k')) factor = 1000;
  if (text.ends_with('M')) factor = 1'000'000;
  if (factor > 1) digits.remove_suffix(1);
  const auto count = base::parse_number(digits);
  if (!count) return bad_step(text, "");
  if (*count > kMaxWarmupVolume / factor || !is_volume(*count * factor))
    return bad_step(text, bounds() + "; ");
  return *count * factor;
}

base::Result<WarmupLadder> make_ladder(std::vector<std::uint64_t> steps) {
  if (steps.empty())
    return base::invalid("the ladder has no steps: " + std::string(kExpected) + R"(: ["50", "100", "500"])");
  if (steps.size() > kMaxWarmupSteps)
    return base::invalid("the ladder has " + std::to_string(steps.size()) +
                         " steps, and must not have more than " + std::to_string(kMaxWarmupSteps));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!is_volume(steps[i])) return base::invalid(numbered(i, steps[i]) + ": " + bounds());
    if (i > 0 && steps[i] <= steps[i - 1])
      return base::invalid(numbered(i, steps[i]) + " must be above " + numbered(i - 1, steps[i - 1]) +
                           ": a warm-up goes up");
  }
  return WarmupLadder{std::move(steps)};
}

base::Result<std::uint64_t> parse_warmup_factor(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto whole = base::parse_number(text.substr(0, point));
  if (!whole || *whole > kLargestFactor) return bad_factor(text);
  std::uint64_t percent = *whole * 100;
  if (point < text.size()) {
    const std::string_view decimals = text.substr(point + 1);
    const auto part = base::parse_number(decimals);
    if (!part || decimals.size() > 2) return bad_factor(text);
    percent += decimals.size() == 1 ? *part * 10 : *part;
  }
  if (percent < kLeastFactor || percent > kLargestFactor) return bad_factor(text);
  return percent;
}

base::Result<WarmupLadder> grow_ladder(const WarmupGrowth& growth) {
  if (!is_volume(growth.from))
    return base::invalid("from (" + std::to_string(growth.from) + "): " + bounds());
  if (growth.to <= growth.from || growth.to > kMaxWarmupVolume)
    return base::invalid("to (" + std::to_string(growth.to) + ") must be above from (" +
                         std::to_string(growth.from) + ") and at most " + std::to_string(kMaxWarmupVolume));
  if (growth.factor_percent < kLeastFactor || growth.factor_percent > kLargestFactor)
    return base::invalid("the factor must be from 1.05 to 10");
  std::vector<std::uint64_t> steps;
  for (std::uint64_t volume = growth.from; volume < growth.to;
       volume = std::max(volume + 1, volume * growth.factor_percent / 100)) {
    steps.push_back(volume);
    if (steps.size() == kMaxWarmupSteps)
      return base::invalid("from " + std::to_string(growth.from) + " to " + std::to_string(growth.to) +
                           " takes more than " + std::to_string(kMaxWarmupSteps) +
                           " steps: expected a larger factor, or from and to nearer to each other");
  }
  steps.push_back(growth.to);
  return make_ladder(std::move(steps));
}

}  // namespace signpost::policy::limits
