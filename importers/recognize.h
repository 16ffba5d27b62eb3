// Which format a file has: by its header, the keys of its objects, its first records, its name, or the operator's word.
// A part of importers/layout.
#pragma once

#include <string_view>
#include <vector>

#include "importers/layout.h"

namespace signpost::importers {

/// Squeezed names under which people keep the address, and the time at which an entry was made.
bool is_address_name(std::string_view squeezed);
bool is_created_name(std::string_view squeezed);

/// Whether the first record names columns.
bool is_header(const Record& first, const ReadOptions& options);

/// Sets the format of a file whose columns have names; `records` are its first. Error `invalid`: no format fits, two
/// do, or it lists people who receive mail.
base::Result<void> recognize(Layout& layout, const std::vector<Record>& records, const ReadOptions& options);

/// The same of a file without a header.
base::Result<void> recognize_headless(Layout& layout, const std::vector<Record>& records,
                                      const ReadOptions& options);

}  // namespace signpost::importers
