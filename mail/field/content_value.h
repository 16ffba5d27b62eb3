// Content-Type, Content-Disposition and other values with parameters, read as mail readers do: what is broken
// is passed over. What a type means is for those who ask.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::mail {

/// A Content-Type or Content-Disposition value (RFC 2045 §5.1, RFC 2183). The value and the parameter names
/// are lower case; parameter values are as given, without quotes, their RFC 2231 continuations
/// joined and decoded.
struct ContentValue {
  std::string value;  ///< "text/html", "attachment"
  std::vector<std::pair<std::string, std::string>> parameters;
  /// The first of that name, or nullptr.
  const std::string* parameter(std::string_view name) const;
};
ContentValue parse_content_value(std::string_view value);

}  // namespace signpost::mail
