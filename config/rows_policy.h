// The part of the configuration about who may send what to whom: [clients], [seal], [[tenant]], [suppression],
// [limits], [[limit]].
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/reader/checks.h"
#include "config/reader/table.h"
#include "policy/settings.h"

namespace signpost::config {

/// Tables point into the merged Value tree, which outlives the draft; each stands beside the entry with the
/// same index.
struct PolicyDraft {
  policy::Settings settings;
  std::vector<const reader::Value*> tenant_tables;
  std::vector<const reader::Value*> limit_tables;
  std::string suppression_key_file;  ///< empty: none
  std::string seal_key_file;         ///< empty: the daemon's own
};

std::vector<reader::Section> policy_sections();
/// Those among them that tell whose mail it is (rows_clients.cc).
std::vector<reader::Section> clients_sections();
std::vector<reader::Section> seal_sections();
/// Those of limits (rows_limits.cc).
std::vector<reader::Section> limit_sections();

/// A login or all of a domain, as it was given: the case rule is known only once the whole tenant is.
base::Result<std::string> login_as_given(std::string_view text);

/// The names that settings of all parts may use.
struct KnownNames {
  std::set<std::string> tenants;
  std::set<std::string> streams;
};
KnownNames known_names(const policy::Settings& settings);

/// Reports limits that are defined twice, names that do not exist, exceptions that name nothing of the key, and what can
/// never apply. `index` is of the draft's tenants.
void check_limits(const PolicyDraft& draft, const KnownNames& known, const policy::TenantIndex& index,
                  reader::Checks& checks);
/// Reports tenants that are defined twice or overlap, rules without a condition, names that do not exist; and the above.
void check_policy(const PolicyDraft& draft, const KnownNames& known, reader::Checks& checks);

}  // namespace signpost::config
