// parse_address_key, parse_folded_key, parse_hashed_key, parse_set_key and reversed_domain: what parses is
// spelled the same way again, unless its local part is not in canonical form, as that of
// every key of ours is.
#include <cstdint>
#include <string>

#include "mail/local_part.h"
#include "store/list/foldings.h"
#include "store/list/hash_keys.h"
#include "store/list/records.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view key(reinterpret_cast<const char*>(data), size);
  const auto address = store::list::parse_address_key(key);
  if (address && mail::canonical_local(address->local) == address->local &&
      store::list::address_key(*address) != key)
    __builtin_trap();
  const auto set = store::list::parse_set_key(key);
  if (set && store::list::set_key(set->reason, set->tenant) != key) __builtin_trap();
  const auto hashed = store::list::parse_hashed_key(key);
  if (hashed && store::list::hashed_key(*hashed) != key) __builtin_trap();
  const auto folded = store::list::parse_folded_key(key);
  if (folded && !folded->folds.any()) __builtin_trap();
  const bool may_be_literal = key.find('[') != std::string_view::npos;
  if (!may_be_literal && store::list::reversed_domain(store::list::reversed_domain(key)) != key)
    __builtin_trap();
  return 0;
}
