// Takes in what comes back to return paths of ours (milter/returned): reads the report, and commits what each recipient's row
// causes (daemon/ingest/report_effect) before the MTA hears that it was taken. So with unsubscribe requests by mail, which act
// as the link's POST does (daemon/ingest/hit_effect).
#pragma once

#include <functional>
#include <utility>

#include "daemon/facts/evidence.h"
#include "daemon/ingest/alike.h"
#include "daemon/ingest/report_effect.h"
#include "dkim/verify.h"
#include "milter/returned_mail.h"
#include "milter/services.h"
#include "store/events/event_files.h"
#include "store/store.h"
#include "system/daemon_log.h"

namespace signpost::daemon::ingest {

/// What a report means today for a recipient, and meant before.
struct Rejudged {
  std::string address;  ///< canonical
  std::string tenant;
  std::string before;  ///< the class by which it acted; empty: it did not
  std::string after;
  std::string_view reason;
  bool is_done = false;  ///< the address was listed
};

/// Thread-safe; commits share their fsync with other writers.
class ReturnedMailIntake final : public milter::ReturnedMailSink {
 public:
  /// Called for each unsubscribe by mail of somebody who was not listed; must not wait.
  using Unsubscribed = std::function<void(const policy::Listing&, const milter::Snapshot&)>;

  /// All must outlive it. `find_record` asks the DNS, for reports that must be signed; called by several threads.
  ReturnedMailIntake(store::Store& store, policy::EventSink& events, const base::Clock& clock,
                     milter::Counters& counters, system::DaemonLog& log, dkim::RecordLookup find_record,
                     Unsubscribed unsubscribed)
      : store_(store),
        events_(events),
        clock_(clock),
        counters_(counters),
        log_(log),
        find_record_(std::move(find_record)),
        unsubscribed_(std::move(unsubscribed)) {}

  base::Result<milter::TakenMail> take(const milter::ReturnedMail& came,
                                       const milter::Snapshot& snapshot) override;

  /// Where it is found who sent a message, if no sealed id says so; it must outlive this object.
  void find_senders_in(store::EventFiles& events) { sent_ = &events; }
  /// Where genuine reports are kept as they came, from now on; it must outlive this object.
  void keep_in(store::EventFiles& evidence) { evidence_ = &evidence; }
  /// Whether a report that looks like the own MTA's came from a process of the MTA; without it none is believed to. It must be
  /// set before the first report.
  void prove_own_mta_by(std::function<bool(const milter::ReturnedMail&)> is_from_mta) {
    is_from_mta_ = std::move(is_from_mta);
  }
  /// Judges a report that was taken before by the rules of today, and tells what differs; with `acts` a dead address that was missed
  /// is listed. Errors: nothing was done for the rest of its rows.
  base::Result<void> judge_again(const facts::Evidence& evidence, const milter::Snapshot& snapshot, bool acts,
                                 const std::function<void(const Rejudged&)>& tell);

 private:
  base::Result<ReturnedTo> find_return_path(const milter::ReturnedMail& mail, const feedback::Report& report,
                                            const milter::Snapshot& snapshot, base::Wall now) const;
  base::Result<void> take_unsubscribe(const milter::ReturnedMail& mail, const milter::Snapshot& snapshot,
                                      base::Wall now);
  /// What taking in a row came to.
  struct Taken {
    bool is_fresh = false;                    ///< it changed something that no report had changed before
    bool is_listed = false;                   ///< the recipient is on the list by it, and was not before
    std::vector<std::size_t> withdrawn = {};  ///< as in Committed
  };
  base::Result<Taken> take_row(RowEffect effect, base::Wall now);
  /// Judges a row and takes it in.
  base::Result<Taken> judge_row(const milter::ReturnedMail& mail, const ReturnedTo& to,
                                const feedback::Report& report, const feedback::Row& row,
                                const milter::Snapshot& snapshot, base::Wall now);
  /// A row that is dead by an answer that no rule knows; `as_block` is its effect where many had the same, which `name` names.
  base::Result<Taken> take_alike(const std::string& name, RowEffect effect, RowEffect as_block,
                                 base::Wall now);
  /// A line for each row that was judged anew.
  void tell_withdrawn(std::vector<AlikeRow> rows, const std::vector<std::size_t>& withdrawn, base::Wall now);
  base::Result<std::string> former_class(const ReturnedTo& to, const std::string& recipient) const;

  store::Store& store_;
  policy::EventSink& events_;
  const base::Clock& clock_;
  milter::Counters& counters_;
  system::DaemonLog& log_;
  store::EventFiles* evidence_ = nullptr;
  store::EventFiles* sent_ = nullptr;
  std::function<bool(const milter::ReturnedMail&)> is_from_mta_;
  Alike alike_;
  const dkim::RecordLookup find_record_;
  const Unsubscribed unsubscribed_;
};

}  // namespace signpost::daemon::ingest
