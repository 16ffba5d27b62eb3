// Whether what an operator set is still in force.
#include "policy/limits/overrides.h"

namespace signpost::policy::limits {

namespace {

bool in_force(const std::optional<base::Wall>& until, base::Wall now) {
  return !until || now < *until;
}

}  // namespace

bool Overrides::is_paused(std::string_view tenant, base::Wall now) const {
  const auto pause = paused.find(tenant);
  return pause != paused.end() && in_force(pause->second.until, now);
}

const std::vector<Rate>* Overrides::rates(std::string_view limit, base::Wall now) const {
  const auto found = limits.find(limit);
  return found != limits.end() && in_force(found->second.until, now) ? &found->second.rates : nullptr;
}

}  // namespace signpost::policy::limits
