// What the patterns of an MTA's or a list server's tables mean as names of the list.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "importers/formats.h"

namespace signpost::importers {

struct ListedPattern {
  std::string name;  ///< an address, or @DOMAIN
  bool with_subdomains = false;
};

/// Error `invalid`: a pattern that stands for no address and no domain of recipients, and why.
base::Result<ListedPattern> read_pattern(NameKind names, std::string_view pattern);

}  // namespace signpost::importers
