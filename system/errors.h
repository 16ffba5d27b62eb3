// The system's error numbers as Errors. Two other places put errno into words: store/lmdb/transaction, because LMDB
// returns errno values among its own codes, and milter/callbacks, whose room does not include this one.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "base/result.h"

namespace signpost::system {

/// "No such file or directory" and the like. Thread-safe, as strerror is not.
inline std::string error_text(int code) {
  return std::generic_category().message(code);
}

/// "WHAT: the system's text". Kind `not_found` if there is no such file, else `unavailable`.
inline base::Error system_error(const std::string& what, int code) {
  const bool is_missing = code == ENOENT || code == ENOTDIR;
  return {is_missing ? base::ErrorKind::not_found : base::ErrorKind::unavailable,
          what + ": " + error_text(code)};
}

/// The same for a number that was saved before cleaning up.
inline tl::unexpected<base::Error> system_failure(const std::string& what, int code) {
  return tl::unexpected(system_error(what, code));
}
/// The same for the current errno.
inline tl::unexpected<base::Error> system_failure(const std::string& what) {
  return system_failure(what, errno);
}

}  // namespace signpost::system
