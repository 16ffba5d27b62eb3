// How store/lmdb names a table.
#pragma once

#include <cstddef>

namespace signpost::store::lmdb {

/// A table by its place in the list of names that the environment was opened with.
enum class Table : unsigned char {};
inline constexpr std::size_t kMaxTables = 16;

}  // namespace signpost::store::lmdb
