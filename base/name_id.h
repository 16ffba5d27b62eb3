// Short numbers for names that tokens and store keys hold.
#pragma once

#include <cstdint>
#include <string_view>

namespace signpost::base {

/// The first 32 bits of the name's SHA-256, big endian.
std::uint32_t name_id(std::string_view name);

}  // namespace signpost::base
