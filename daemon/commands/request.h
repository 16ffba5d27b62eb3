// A command with its values, each parsed once into what handlers need.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "daemon/commands/caller.h"
#include "mail/address.h"
#include "policy/reason.h"
#include "policy/settings.h"
#include "store/list/place.h"

namespace signpost::daemon::commands {

/// What a value must look like. daemon/commands/values.cc has the parser and the description of each.
enum class ValueKind {
  address,    ///< AddressValue
  listing,    ///< ListedValue
  ip,         ///< base::Ip
  domain,     ///< std::string, canonical
  name,       ///< std::string
  tenant,     ///< std::string; the only tenant that a bound caller may name is its own
  reason,     ///< policy::Reason
  number,     ///< std::uint64_t
  duration,   ///< std::chrono::milliseconds, positive
  yes,        ///< bool
  rates,      ///< std::vector<policy::Rate>, at least one
  mode,       ///< ImportMode
  log_level,  ///< std::string, a word that system::parse_level takes
  path,       ///< std::string, absolute
  key,        ///< std::string, bytes as they came
  text,       ///< std::string, UTF-8
  words       ///< std::string, joined by blanks
};

struct AddressValue {
  mail::Address address;
  std::string given;
};
/// An address, "@domain" or "hmac:KEYID:HEX", and where the store keeps what is listed for it.
struct ListedValue {
  store::list::Place place;
  std::string given;
  bool subdomains = false;  ///< spelled as "@*.domain"
};
enum class ImportMode { add, replace };

using ArgumentValue =
    std::variant<std::string, AddressValue, ListedValue, base::Ip, policy::Reason, std::uint64_t,
                 std::chrono::milliseconds, bool, std::vector<policy::Rate>, ImportMode>;

/// The value of that kind. Error `invalid` with what was expected.
base::Result<ArgumentValue> parse_argument(ValueKind kind, std::string_view text);
/// "an address", "a duration such as 30d".
std::string_view describe_kind(ValueKind kind);

struct Command;

struct Request {
  const Command* command = nullptr;  ///< the row it was filled by; never null once it is filled
  Caller caller;
  std::map<std::string, ArgumentValue, std::less<>> values;

  bool has(std::string_view name) const { return values.find(name) != values.end(); }
  /// Null if it was not given.
  template <class T>
  const T* find(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : std::get_if<T>(&found->second);
  }
  /// Of a kind that is a std::string; empty if it was not given.
  const std::string& text(std::string_view name) const;
  /// Of the kind `yes`; false if it was not given.
  bool flag(std::string_view name) const;
  /// Of a hole that must be given.
  const AddressValue& address(std::string_view name) const;
  const ListedValue& listed(std::string_view name) const;
};

}  // namespace signpost::daemon::commands
