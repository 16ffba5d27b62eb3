#include "milter/second_pass.h"

#include <algorithm>

#include "dkim/own_signature.h"

namespace signpost::milter {

std::vector<dkim::Canon> canons_wanted(const Transaction& transaction, base::Wall now) {
  if (transaction.plan.selection.keys.empty()) return {};
  const dkim::Settings& settings = transaction.snapshot->dkim;
  std::vector<dkim::Canon> canons = {settings.body_canon};
  for (const dkim::OwnSignature& own : dkim::find_own_signatures(
           transaction.header.fields(), transaction.plan.selection.keys, settings, now)) {
    const dkim::Canon canon = own.signature.body_canon;
    if (std::find(canons.begin(), canons.end(), canon) == canons.end()) canons.push_back(canon);
  }
  return canons;
}

std::vector<dkim::SigningKey> keys_left(Transaction& transaction, const Draft& draft, base::Wall now) {
  std::vector<dkim::SigningKey> keys = transaction.plan.selection.keys;
  std::vector<bool> signed_before(keys.size());
  for (const dkim::OwnSignature& own :
       dkim::find_own_signatures(draft.fields(), keys, transaction.snapshot->dkim, now)) {
    const base::Digest hash = body_hash(transaction, draft, own.signature.body_canon);
    if (base::as_bytes(hash) == own.signature.body_hash) signed_before[own.key] = true;
  }
  for (std::size_t i = keys.size(); i-- > 0;) {
    if (!signed_before[i]) continue;
    transaction.tally.kept.push_back(keys[i].selector + ":" + keys[i].domain);
    keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return keys;
}

base::Digest body_hash(Transaction& transaction, const Draft& draft, dkim::Canon canon) {
  if (!draft.body_changed()) return transaction.body.hash(canon);
  dkim::BodyHash hash(canon);
  draft.changed_body().for_each_piece([&](std::string_view piece) { hash.update(piece); });
  return hash.finish();
}

}  // namespace signpost::milter
