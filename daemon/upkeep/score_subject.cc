#include "daemon/upkeep/score_subject.h"

#include <utility>

namespace signpost::daemon::upkeep {

SubjectSource scores_source(store::HitStore& hits) {
  SubjectSource source;
  source.what = "soft-bounces";
  source.show = [&hits](const mail::Address& person) -> base::Result<std::vector<policy::Fields>> {
    const auto scores = hits.soft_scores(mail::canonical_key(person));
    if (!scores) return tl::unexpected(scores.error());
    std::vector<policy::Fields> lines;
    for (const auto& [tenant, score] : *scores) {
      const auto name = hits.tenant_name(tenant);
      if (!name) return tl::unexpected(name.error());
      // In tenths, which is as exact as anybody needs it.
      const std::uint64_t tenths = (score.thousandths + 50) / 100;
      lines.push_back({{"tenant", *name},
                       {"score", std::to_string(tenths / 10) + "." + std::to_string(tenths % 10)},
                       {"last", base::format_time(score.at)}});
    }
    return lines;
  };
  source.erase = [&hits](const mail::Address& person) {
    return hits.erase_soft_scores(mail::canonical_key(person));
  };
  return source;
}

}  // namespace signpost::daemon::upkeep
