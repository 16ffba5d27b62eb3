// The part of the configuration about what is done to a message: [dkim], [[dkim.key]], [dns], [unsubscribe].
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/reader/checks.h"
#include "config/reader/table.h"
#include "config/rows_policy.h"
#include "dkim/settings.h"
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

/// Tables point into the merged Value tree, as PolicyDraft's do.
struct SigningDraft {
  dkim::Settings settings;
  std::vector<KeyDraft> keys;
  std::vector<const reader::Value*> key_tables;
  std::string key_password_file;
  Canonicalization canonicalization;
};

std::vector<reader::Section> message_sections();

/// Checks keys and signatures without reading key files (config/key_loader reads them).
void check_signing(const SigningDraft& draft, const milter::Settings& milter, const KnownNames& known,
                   reader::Checks& checks);

}  // namespace signpost::config
