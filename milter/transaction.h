// One message between MAIL and its end: everything that the stages pass on to each other. Plain data with one
// owner (the session); the functions that fill it are milter/recipient, milter/plan, milter/pipeline and
// milter/record, in that order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dkim/select.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "milter/held/body.h"
#include "milter/held/campaign_samples.h"
#include "milter/held/header.h"
#include "milter/returned.h"
#include "milter/services.h"
#include "milter/session.h"
#include "policy/judging.h"
#include "policy/policy.h"
#include "track/rewrite.h"

namespace signpost::milter {

/// What will be done to the message, known once its header is (milter/plan).
struct Plan {
  dkim::Selection selection;   ///< keys that sign, or why none does
  bool rewrite = false;        ///< links may be rewritten, so the body is kept
  track::Context tracking;     ///< used if `rewrite`
  bool keeps_body = false;     ///< for want of memory: nothing in the body changes
  std::string unrewritten;     ///< a fixed word if not `rewrite`
  std::string campaign;        ///< Signpost-Campaign
  std::string stream_ignored;  ///< why Signpost-Stream was not followed; empty if it was or there was none
  std::string metadata;        ///< Signpost-Metadata
};

/// What the message line tells beside the envelope.
struct Tally {
  std::uint64_t recipients_refused = 0;
  std::uint64_t recipients_deferred = 0;
  std::uint64_t recipients_dropped = 0;
  std::uint64_t links = 0;
  std::uint64_t rewritten = 0;
  std::size_t html_size = 0;  ///< octets of the HTML that readers get, decoded; 0: not looked into
  bool pixel = false;
  std::string no_pixel;                 ///< a fixed word if links were looked at and there is no pixel
  bool unsubscribe_link = false;        ///< a List-Unsubscribe of ours was added
  bool unsubscribe_decoded = false;     ///< the sender's own was written without encoded words
  std::string unsubscribe;              ///< what was done about List-Unsubscribe; empty: nothing was needed
  std::string added_message_id;         ///< without brackets; empty if the message had one or got none
  std::size_t recoded = 0;              ///< parts encoded again so that no MTA changes them
  std::vector<std::string> fragile;     ///< what an MTA may still change: "long-line", "long-header", "8bit"
  std::vector<std::string> signatures;  ///< "selector:domain"
  std::vector<std::string> kept;        ///< the same, of our signatures that were there already and hold
};

struct Transaction {
  explicit Transaction(const Services& services)
      : snapshot(services.snapshots.get()),
        overrides(services.overrides.get()),
        memory(services.counters.memory),
        header(services.counters.memory),
        body(services.counters.memory),
        working(services.counters.memory) {}

  std::shared_ptr<const Snapshot> snapshot;  ///< pinned at MAIL
  std::shared_ptr<const policy::limits::Overrides> overrides;
  Memory& memory;
  mail::Envelope envelope;
  const policy::Tenant* tenant = nullptr;  ///< lives in the snapshot; set if outbound
  std::uint32_t tenant_id = 0;             ///< its id, which is a hash: taken once

  std::string login;                           ///< of the connection; a seal may name another
  std::optional<mail::Origin> assumed_origin;  ///< of the connection
  bool has_short_seal = false;                 ///< ENVID= was a seal of ours: it is put back
  /// What each recipient is known by if the message passes here again (milter/passed_before); none: it is not asked for.
  std::vector<std::string> marks;
  /// Whose mail it was when it passed here before, and charged its limits; nullptr if it did not. `marks` are then those of
  /// the recipients that it had.
  std::shared_ptr<const mail::Identity> passed_before;
  bool charged_before = false;   ///< so were all its recipients
  bool seems_strangers = false;  ///< a stranger's mail with its sender passed here lately

  policy::Verdict mail_verdict;                 ///< kept from MAIL, given at RCPT (its own reply is waived)
  std::optional<policy::Verdict> late_verdict;  ///< found at RCPT or end of headers, given at end of message
  /// The refusal of recipients that were dropped only because a refusal would reach no one.
  std::optional<policy::Verdict> blocked;
  std::vector<std::string> messages_charged;  ///< keys that a `messages` limit was charged for
  std::vector<policy::limits::ReservationId> reservations;
  std::vector<policy::limits::HeldCharge>
      held;                   ///< what was not reserved because a limit holds (milter/hold)
  policy::Verdict hold;       ///< which limit: Action::hold if `held` has any
  bool is_announced = false;  ///< to whoever releases it
  base::Wall due{};           ///< Signpost-Send-At; epoch: at once
  struct Trial {
    std::vector<policy::Listing> listings;
    base::Wall begun;
  };
  std::vector<Trial> trials;  ///< what this message was let through for, on probation

  Header header;
  Body body;
  Share working;  ///< what the transform needs, and then what it made, until the MTA has it
  std::optional<ReturnedBytes> returned;  ///< if it came back to a return path of ours
  std::string return_path;  ///< the sender with which it leaves, if not its own (milter/return_path)
  Plan plan;
  policy::Verdict verdict;  ///< the final answer to the MTA
  Tally tally;
  bool self_check = false;               ///< this message is among those verified (milter/self_check)
  std::optional<Outcome> handed_over;    ///< if so: what the MTA was asked to do
  std::optional<CampaignSample> sample;  ///< if this is the first message of its campaign
  base::Steady end_of_message{};         ///< when it was reached: `ms` counts from here

  /// Only outbound mail is judged and changed.
  bool judged() const { return envelope.mail_class == mail::MailClass::outbound; }
  bool observing() const { return snapshot->milter.observe; }
  policy::Facts facts(const Services& services) const {
    policy::Facts result{snapshot->policy, *overrides, envelope, *tenant};
    result.now = services.clock.wall();
    result.charged_before = charged_before;
    return result;
  }
  /// Observe mode begins no trials: the mail goes out in any case.
  policy::Ports ports(const Services& services) const {
    return {services.suppressions,   services.limiter,          observing() ? nullptr : services.probation,
            services.clock.steady(), policy::Ports::Mode::take, services.holds};
  }
};

}  // namespace signpost::milter
