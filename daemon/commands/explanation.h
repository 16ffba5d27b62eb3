// How a recipient would be judged, by the same function as real mail (policy/judging), as data for `explain recipient`.
// Changes and charges nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "mail/envelope.h"
#include "milter/snapshot.h"
#include "policy/judging.h"
#include "policy/limits/overrides.h"
#include "policy/policy.h"

namespace signpost::daemon::commands {

/// Who would send to whom. Without login and client the mail is taken for a local submission, whose header bears no
/// trace of another host.
struct Question {
  std::string recipient;
  std::optional<std::string> sender;  ///< as MAIL would give it, "<>" for none; nullopt: one that may be used
  std::string login;
  std::optional<base::Ip> client;
  mail::Role role = mail::Role::all;
  std::optional<mail::Origin> origin = {};  ///< nullopt: what login and client tell
  std::string stream;                       ///< empty: by the tenant's rules
};

/// Owns what it refers to.
struct Explanation {
  std::shared_ptr<const milter::Snapshot> snapshot;
  std::shared_ptr<const policy::limits::Overrides> overrides;
  base::Wall now{};
  mail::Envelope envelope;
  mail::Recipient recipient;
  const policy::Tenant* tenant = nullptr;  ///< never null; of other mail: whose it would be

  /// The answer to RCPT, as if the milter were not in mode `observe` (local submission gets none: then what happens
  /// instead). `pass` for mail that is not outbound.
  policy::Verdict verdict;
  /// What is certain about the whole message before it is seen: a limit of bytes that is full. The checks of its
  /// header are in the trace without a result.
  policy::Verdict message;
  policy::Trace trace;

  bool outbound() const { return envelope.mail_class == mail::MailClass::outbound; }
  policy::Facts facts() const;
};

/// Asks `ports` in the mode `ask`, whatever their own mode is.
Explanation explain(const Question& question, std::shared_ptr<const milter::Snapshot> snapshot,
                    std::shared_ptr<const policy::limits::Overrides> overrides, policy::Ports ports,
                    base::Wall now);

}  // namespace signpost::daemon::commands
