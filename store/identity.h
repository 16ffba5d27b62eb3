// Whether the list is the one that was here before. list.mdb bears a random identity, and a small file bears it too, best
// on another file system than the store: then a list that vanished, was cut to nothing, lies on a directory that is not
// mounted, or is another store's is noticed, and never taken for an empty one.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/lmdb/env.h"

namespace signpost::store {

struct Identity {
  enum class Start {
    known,    ///< list and file agree
    first,    ///< there was neither list nor file: a new list was begun
    adopted,  ///< a list of a version before identities got one
  };
  std::uint64_t number = 0;  ///< random; 16 hex digits in the file
  Start start = Start::known;
  base::Wall begun{};  ///< when the list was begun; 1970 if it was adopted
};

/// Compares list and file, and completes them at a first start and where a list has none. To be called before anything else
/// is written to the list; `has_list` tells whether it held anything. Nothing is changed by an error. If it is killed
/// anywhere, the next start ends what it began. Errors: corrupt (they disagree, or one of them is missing; the text says
/// what to do), unavailable (the file cannot be read or written).
base::Result<Identity> settle_identity(lmdb::Env& env, const std::string& file, bool has_list,
                                       base::Wall now);

/// What a file holds: the identity's digits and whether its list is only being begun. Error `corrupt` if it is another file.
struct IdentityText {
  std::uint64_t number = 0;
  bool is_beginning = false;
  bool operator==(const IdentityText&) const = default;
};
base::Result<IdentityText> parse_identity(std::string_view text);
std::string format_identity(const IdentityText& identity);

}  // namespace signpost::store
