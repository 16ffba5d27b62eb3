// key=value pairs as the policy log and the control socket write them: values that need it are quoted,
// control bytes are escaped (policy/event: format_value).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::policy {

/// The pairs of one line, in their order.
using Fields = std::vector<std::pair<std::string_view, std::string>>;
/// "key=value key=value", without a line end.
std::string format_fields(const Fields& fields);

}  // namespace signpost::policy
