// Whether a program may write to a path that an operator gave. A slip of the fingers must not cost a store, a key or a
// configuration.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::store {

struct OutputFile {
  std::string what;                         ///< what is written, with its article: "a click map"
  std::function<bool(int file)> is_former;  ///< whether an open file is an earlier one of the same kind
  std::string replace_word;                 ///< how to ask for `replace`: "--replace"
  bool replace = false;                     ///< other regular files too
};

/// Error `invalid`, with what to do, for what is never written over: a path inside a store's directory (one that holds
/// signpost.lock) or below it, what is not a regular file, keys, a configuration (*.toml); and, without `replace`, for a regular
/// file that is not a former one. Links are not followed at the name's end, and are followed before. Another thread or
/// program may put something there afterwards: write with replace_file, which follows no link.
base::Result<void> check_output(const std::string& path, const OutputFile& output);

/// Whether an open file begins with these bytes.
bool begins_with(int file, std::string_view bytes);

}  // namespace signpost::store
