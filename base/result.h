// The result type of every floor: a value or an Error of one of five kinds. A verdict (the answer to the MTA)
// is never an Error; the caller decides what an Error means for mail (milter/pipeline).
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace signpost::base {

/// What went wrong, by its one consequence.
enum class ErrorKind {
  invalid,      ///< the input is wrong; asking again will not help
  not_found,    ///< there is no such thing
  unavailable,  ///< try again later (451)
  corrupt,      ///< what we stored cannot be understood (451 and a log line)
  limit,        ///< a bound of ours was reached
};

struct Error {
  ErrorKind kind = ErrorKind::invalid;
  std::string text;  ///< for an administrator: what was wrong, what was expected, what to do
};

template <class T>
using Result = tl::expected<T, Error>;

/// The word the control socket uses for a kind: "invalid", "not-found", "unavailable", "internal", "limit".
constexpr const char* kind_word(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::not_found:
      return "not-found";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::corrupt:
      return "internal";
    case ErrorKind::limit:
      return "limit";
  }
  return "internal";
}

inline tl::unexpected<Error> fail(ErrorKind kind, std::string text) {
  return tl::unexpected<Error>(Error{kind, std::move(text)});
}
inline tl::unexpected<Error> invalid(std::string text) {
  return fail(ErrorKind::invalid, std::move(text));
}

/// The same error with "where: " before its text. Used once per floor.
inline Error in_context(const std::string& where, Error error) {
  error.text = where + ": " + error.text;
  return error;
}

}  // namespace signpost::base
