#include "track/kept.h"

namespace signpost::track {

Purpose purpose_of(HitKind kind) {
  switch (kind) {
    case HitKind::click:
      return Purpose::click;
    case HitKind::open:
      return Purpose::open;
    case HitKind::unsubscribe:
    case HitKind::undo:
      return Purpose::unsubscribe;
  }
  return Purpose::click;
}

Kept kept_of(const Token& token, const Hit& hit, bool refuses) {
  Kept kept;
  const bool unsubscribes = hit.kind == HitKind::unsubscribe || hit.kind == HitKind::undo;
  if (!unsubscribes && (refuses || token.mode == Mode::off)) return kept;
  kept.counted = true;
  kept.event = unsubscribes || token.mode >= Mode::pseudonymous;
  if (!kept.event) return kept;
  kept.recipient = token.recipient;
  kept.message = token.message;
  // The web program spools these for identified tokens only, but who writes to the spool is not believed.
  if (token.mode == Mode::identified && !unsubscribes) {
    kept.client = hit.client;
    kept.agent = hit.agent;
  }
  return kept;
}

}  // namespace signpost::track
