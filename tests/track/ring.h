// A fixed ring, sealer and context, so that golden files and properties are the same in every run.
#pragma once

#include <string>

#include "track/rewrite.h"

namespace signpost::track {

inline base::Keyring fixed_ring() {
  return base::Keyring{{base::RingKey{1, base::KeyState::active, "0123456789abcdef0123456789abcdef"}}};
}

/// Owns what a Context points to.
struct Lab {
  Settings settings;
  Sealer sealer = *Sealer::create(fixed_ring());
  Context context;

  Lab() {
    settings.host = "click.example.com";
    context.settings = &settings;
    context.sealer = &sealer;
    context.tenant = 42;
    context.campaign = "spring";
    context.recipient = "bob@example.net";
    context.message_id = "01JDC5W0QGX9Z3W3T4K6N8P2RS";
    context.now = base::Wall(std::chrono::milliseconds(1795000000000));
  }
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;
};

}  // namespace signpost::track
