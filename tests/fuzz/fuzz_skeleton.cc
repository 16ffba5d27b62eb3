// parse_skeleton and make_skeleton: what is read is written back the same; whatever HTML gives is balanced,
// within its bounds, and can be read.
#include <cstdint>
#include <string_view>

#include "campaign/skeleton.h"

namespace {

using namespace signpost::track;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

const Sealer& sealer() {
  static const Sealer made =
      *Sealer::create({{{1, signpost::base::KeyState::active, "0123456789abcdef0123456789abcdef"}}});
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto skeleton = signpost::campaign::parse_skeleton(input)) {
    const auto again = signpost::campaign::parse_skeleton(signpost::campaign::format_skeleton(*skeleton));
    require(again && *again == *skeleton);
  }
  const signpost::campaign::Skeleton made =
      signpost::campaign::make_skeleton({{"Content-Type", " text/html"}}, input, sealer());
  require(made.items.size() <= signpost::campaign::kMaxSkeletonItems);
  const auto read = signpost::campaign::parse_skeleton(signpost::campaign::format_skeleton(made));
  require(read && *read == made);
  return 0;
}
