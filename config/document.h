// The settings table as pages: docs/settings.md, and the settings in force as a file.
#pragma once

#include <string>

namespace signpost::config {

/// The whole of docs/settings.md (Markdown). A test compares it with the file.
std::string settings_document();

}  // namespace signpost::config
