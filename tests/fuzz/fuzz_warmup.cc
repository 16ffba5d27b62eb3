// parse_warmup_step, parse_warmup_factor and Warmup::read: what is read stays within its bounds, can be used, and is
// written and read again as the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/limits/warmup.h"

using namespace signpost::policy::limits;
using std::chrono::days;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check_texts(std::string_view text) {
  if (const auto step = parse_warmup_step(text)) {
    require(*step >= kMinWarmupVolume && *step <= kMaxWarmupVolume);
    require(parse_warmup_step(std::to_string(*step)) == *step);
  }
  if (const auto factor = parse_warmup_factor(text)) require(grow_ladder({100, *factor, 101}).has_value());
}

void check_state(std::string_view bytes) {
  signpost::base::ByteReader in(bytes);
  auto warmup = Warmup::read(in);
  if (!warmup) return;
  const WarmupLadder ladder{{50, 100, 700, 3000}};
  const WarmupRule rule;
  const auto same = [](const Warmup& of) {
    signpost::base::ByteWriter out;
    of.write(out);
    require(out.bytes().size() <= Warmup::kMaxBytes);
    signpost::base::ByteReader again(out.bytes());
    require(Warmup::read(again) == of);
  };
  same(*warmup);
  for (const int day : {-900'000, 0, 1, 2, 20'000, 900'000}) {
    const Day today{days(day)};
    (void)warmup->explain(ladder, rule, today);
    (void)warmup->add(ladder, rule, today, {.sent = 60, .delivered = 50, .deferred = 3});
    require(!warmup->allowance(ladder, rule, today) || *warmup->allowance(ladder, rule, today) <= 3000);
    same(*warmup);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_texts(bytes);
  check_state(bytes);
  return 0;
}
