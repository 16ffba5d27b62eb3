// From the configuration's keys to the tables that sign: single keys are read at once, key files of a
// directory are looked at and read when they are first needed. The keys of unchanged files are kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "config/dns_watch_settings.h"
#include "config/reader/diagnostics.h"
#include "config/reader/value.h"
#include "config/rows_message.h"
#include "system/files.h"

namespace signpost::config {

/// "DOMAIN.SELECTOR.pem": the selector is the last label before ".pem". Both are brought to lower case.
struct KeyFileName {
  std::string domain;
  std::string selector;
  std::string format() const { return domain + "." + selector + ".pem"; }
};
base::Result<KeyFileName> parse_key_file_name(std::string_view name);

/// RFC 6376 §3.1: labels of letters, digits and inner hyphens, joined by dots; in lower case.
base::Result<std::string> parse_selector(std::string_view text);

/// Fills draft.settings.keys; policy's tenants must be indexed. `former`: the table in force, whose keys are
/// taken over where their files did not change. `files` must outlive the table.
void load_signing_keys(SigningDraft& draft, const DnsWatchSettings& publish, const policy::Settings& policy,
                       const reader::Value& root, const system::Files& files, const dkim::KeyTable* former,
                       reader::Diagnostics& diagnostics);

}  // namespace signpost::config
