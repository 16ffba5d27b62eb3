// A Snapshot: all settings and keys that one message sees, immutable. Pinned at MAIL; a reload publishes a
// new one and the old one dies with its last message. Built by config/load.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "dkim/settings.h"
#include "feedback/return_path.h"
#include "feedback/sealed_id.h"
#include "feedback/settings.h"
#include "mail/identity_seal.h"
#include "policy/settings.h"
#include "track/settings.h"
#include "track/token.h"

namespace signpost::milter {

enum class OnError { defer, accept };
/// Whether address fields are brought to the form in which Sendmail leaves them: behind Sendmail, always, or never.
enum class AddressFields { by_mta, sendmail, keep };

enum class UnsignedAction { accept, defer, refuse };
/// What [dkim] says of mail that would leave unsigned (milter/unsigned_mail). Absent: what `strict` makes of it.
struct UnsignedRules {
  bool strict = false;  ///< unsigned = "refuse": nothing unsigned leaves
  std::optional<UnsignedAction> on_no_from = {};
  std::optional<UnsignedAction> on_bad_from = {};
  std::optional<UnsignedAction> on_several_authors = {};
  std::optional<UnsignedAction> foreign_from = {};
  std::optional<UnsignedAction> on_no_key = {};
  std::optional<UnsignedAction> on_sign_error = {};
};

struct Settings {
  bool observe = false;               ///< judge and log, change nothing
  OnError on_error = OnError::defer;  ///< our own internal failure
  std::uint64_t max_header =
      1ull << 20;  ///< a larger one is refused; a field counts 64 octets more than it has
  std::uint64_t max_body = 64ull << 20;  ///< larger messages are signed, not rewritten
  std::uint64_t max_held =
      512ull << 20;  ///< sum over all messages held in memory or worked on; beyond: as above
  UnsignedRules unsigned_mail;
  bool add_missing_fields = true;  ///< Date and Message-ID, to a message that is signed
  bool fold_long_fields = true;    ///< of the header, what Postfix would fold after signing
  AddressFields address_fields = AddressFields::by_mta;
  bool recode_long_lines = false;         ///< of the body, what Postfix would fold after signing
  bool recode_eight_bit = false;          ///< what an MTA would encode for a 7bit peer after signing
  std::uint64_t self_check_every = 1000;  ///< of so many signed messages one is verified; 0: none
  std::chrono::seconds seal_expires{std::chrono::days{5}};
  std::chrono::seconds remember_passed{std::chrono::hours{1}};  ///< [clients]; 0: nothing is remembered
  bool seals_all = false;  ///< ports without a role seal the site's own mail too, as role submit does
  /// What happens to mail after an internal failure; in observe mode it always passes.
  OnError failure_answer() const { return observe ? OnError::accept : on_error; }
};

struct Snapshot {
  std::uint64_t generation = 1;
  Settings milter;
  policy::Settings policy;
  dkim::Settings dkim;
  track::Settings track;
  std::optional<track::Sealer> sealer;  ///< present if track has keys
  feedback::Settings feedback;
  std::optional<feedback::ReturnPaths> return_paths;  ///< present if feedback has keys, as the next
  std::optional<feedback::SealedIds> sealed_ids;
  /// Of identities between hops. Absent offline without seal.key_file: then no seal is made or believed.
  std::shared_ptr<const mail::IdentitySealer> identity_sealer;
};

/// Where the current Snapshot is published. Thread-safe.
class SnapshotHolder {
 public:
  explicit SnapshotHolder(std::shared_ptr<const Snapshot> first) : current_(std::move(first)) {}
  std::shared_ptr<const Snapshot> get() const {
    base::MutexLock lock(mutex_);
    return current_;
  }
  void set(std::shared_ptr<const Snapshot> next) {
    // `next` takes the old one out and dies after the lock is gone.
    base::MutexLock lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable base::Mutex mutex_;
  std::shared_ptr<const Snapshot> current_ GUARDED_BY(mutex_);
};

}  // namespace signpost::milter
