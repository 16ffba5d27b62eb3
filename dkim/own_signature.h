// Signatures of our own keys that a message carries already, when it passes us a second time: behind a
// content filter, or at the second of two MTAs. Each is verified, so that a copied or invented one
// counts for nothing.
#pragma once

#include <cstddef>
#include <vector>

#include "base/clock.h"
#include "dkim/settings.h"
#include "dkim/signature.h"
#include "mail/message.h"

namespace signpost::dkim {

struct OwnSignature {
  std::size_t key = 0;  ///< which of the keys made it
  Signature signature;
};

/// Those whose b= holds for this header, and that leave out nothing we would sign. They stand for ours if the
/// body has their bh= in their canonicalization. Not among them: one with l=, which we never make, and
/// expired ones. Looks at the topmost signatures of these keys only, so that many cost no more than a few.
std::vector<OwnSignature> find_own_signatures(const std::vector<mail::Field>& fields,
                                              const std::vector<SigningKey>& keys, const Settings& settings,
                                              base::Wall now);

}  // namespace signpost::dkim
