// A configuration half read: what the settings table fills and config_check judges, with the places of the
// entries of lists. load_config makes the Snapshot out of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "config/reader/value.h"
#include "milter/snapshot.h"

namespace signpost::config {

struct KeyDraft {
  std::string domain;
  std::string selector;
  std::string file;
  std::string password_file;       ///< empty: the key is not encrypted
  std::string tenant;              ///< empty: every tenant's
  std::optional<bool> subdomains;  ///< absent: as dkim.subdomains says
  bool allow_any = false;
};

struct Canonicalization {
  dkim::Canon header = dkim::Canon::relaxed;
  dkim::Canon body = dkim::Canon::relaxed;
};

/// Tables point into the merged Value tree, which outlives the draft; each stands beside the entry
/// with the same index.
struct Draft {
  milter::Snapshot snapshot;
  ProcessSettings process;
  std::vector<const reader::Value*> tenant_tables;
  std::vector<const reader::Value*> limit_tables;
  std::vector<KeyDraft> keys;
  std::vector<const reader::Value*> key_tables;
  std::string key_password_file;
  Canonicalization canonicalization;
  std::string suppression_key_file;
};

}  // namespace signpost::config
