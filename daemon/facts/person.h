// Whether a text or a line of the event files names a person, in whatever spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/address.h"
#include "policy/event_line.h"

namespace signpost::daemon::facts {

class Person {
 public:
  /// `forms`: how lines may show addresses.
  Person(const mail::Address& address, const policy::AddressForms& forms);

  /// The line with an x over each octet of every value that names them; nullopt if none does.
  std::optional<std::string> masked(std::string_view line) const;
  /// Whether an address in the text is theirs.
  bool is_in(std::string_view text) const;

 private:
  bool may_be_in(std::string_view text) const;
  bool is(std::string_view text) const;
  bool is_in_value(std::string_view value) const;

  const std::string key_;
  const std::string needle_;  ///< what stands in every spelling; in lower case
  const std::vector<std::string> forms_;
};

}  // namespace signpost::daemon::facts
