// The fields of a posted form, urlencoded or multipart (RFC 8058 allows both): what a mail provider's
// one-click request and our own button send.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace signpost::system {

using FormFields = std::vector<std::pair<std::string, std::string>>;

/// `content_type` empty: urlencoded. Errors: another media type, a multipart body without its boundary,
/// more than 64 fields.
base::Result<FormFields> parse_form(std::string_view content_type, std::string_view body);

/// The first field of that name, or nullptr.
const std::string* find_field(const FormFields& fields, std::string_view name);

}  // namespace signpost::system
