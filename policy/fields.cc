#include "policy/fields.h"

#include "policy/event.h"

namespace signpost::policy {

std::string format_fields(const Fields& fields) {
  std::string line;
  for (const auto& [key, value] : fields) {
    if (!line.empty()) line += ' ';
    line.append(key).append("=").append(format_value(value));
  }
  return line;
}

}  // namespace signpost::policy
