// parse_counter_key, parse_place_key, parse_stream_key, parse_provider_key, parse_score_tenant, parse_score, parse_picture_key, parse_picture:
// what is understood comes back bit for bit.
#include <cstdint>
#include <string_view>

#include "store/hit_keys.h"
#include "store/list/records.h"
#include "store/soft_scores.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace signpost;
  const std::string_view key(reinterpret_cast<const char*>(data), size);
  const auto counter = store::parse_counter_key(key);
  if (counter && store::format_counter_key(*counter) != key) __builtin_trap();
  const auto place = store::parse_place_key(key);
  if (place && store::format_place_key(*place) != key) __builtin_trap();
  const auto stream = store::parse_stream_key(key);
  if (stream && store::format_stream_key(*stream) != key) __builtin_trap();
  const auto provider = store::parse_provider_key(key);
  if (provider && store::format_provider_key(*provider) != key) __builtin_trap();
  if (const auto tenant = store::parse_score_tenant(key)) {
    // Between the kind and the tenant stands the address, with a NUL behind it.
    const auto again = store::format_score_key(key.substr(1, key.size() - 6), *tenant);
    if (again.substr(1) != key.substr(1)) __builtin_trap();
  }
  if (const auto score = store::parse_score(key)) {
    if (store::parse_score(store::format_score(*score)) != score) __builtin_trap();
  }
  const auto picture_key = store::parse_picture_key(key);
  if (picture_key && store::format_picture_key(*picture_key) != key) __builtin_trap();
  const auto picture = store::list::parse_picture(key);
  if (picture && store::list::format_picture(*picture) != key) __builtin_trap();
  return 0;
}
