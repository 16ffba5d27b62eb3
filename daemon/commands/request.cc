#include "daemon/commands/request.h"

namespace signpost::daemon::commands {
namespace {

/// A required argument is always there, because match.cc fills it. The fallback is for a row that is wrong.
template <class T>
const T& value_or_empty(const Request& request, std::string_view name) {
  static const T kNone{};
  const T* value = request.find<T>(name);
  return value == nullptr ? kNone : *value;
}

}  // namespace

const std::string& Request::text(std::string_view name) const {
  return value_or_empty<std::string>(*this, name);
}

bool Request::flag(std::string_view name) const {
  return value_or_empty<bool>(*this, name);
}

const AddressValue& Request::address(std::string_view name) const {
  return value_or_empty<AddressValue>(*this, name);
}

const ListedValue& Request::listed(std::string_view name) const {
  return value_or_empty<ListedValue>(*this, name);
}

}  // namespace signpost::daemon::commands
