// From a record to an entry of the list: which reason, for whose mail, until when. Adds nothing that the record, its
// format and the operator do not say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/layout.h"

namespace signpost::importers {

enum class Outcome { entry, ignored, expired, bad };

/// A record judged. Texts are as the daemon's import takes them; what is empty is for its options to say.
struct Item {
  Outcome outcome = Outcome::entry;
  std::uint64_t number = 0;  ///< Record::number
  std::string why;           ///< of a bad one
  std::string address;
  std::string reason;
  Scope scope = Scope::by_reason;
  std::string tenant;
  std::string stream;
  std::string created;
  std::string expires;
  std::string note;
  std::string subdomains;
  std::string ignored_as;   ///< of an ignored one: the word that decided
  bool is_undated = false;  ///< it has a time that cannot be read
};

/// The address that people put into a cell: without a display name and brackets, mailto:, a spreadsheet's apostrophe,
/// quotes around it, separators at its end. What is left may still not be an address; the daemon says so.
std::string_view address_in(std::string_view cell);

/// One item, or several where the record says several things at once. Error `invalid`: the file does not say why its
/// addresses are listed, and the operator must.
base::Result<std::vector<Item>> judge_record(const Record& record, const Layout& layout,
                                             const Binding& binding, const ReadOptions& options);

}  // namespace signpost::importers
