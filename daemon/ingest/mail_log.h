// Delivery results: follows the MTA's log, joins what it says of a recipient with the message by its queue id, keeps that as
// events, counts it, and forgets soft bounces of an address that was reached. Lists nobody: any local user can write to syslog.
#pragma once

#include <cstdint>
#include <string>

#include "base/mutex.h"
#include "base/worker.h"
#include "daemon/ingest/effects.h"
#include "daemon/ingest/growing_log.h"
#include "daemon/ingest/queued_messages.h"
#include "feedback/mail_log.h"
#include "milter/services.h"
#include "store/events/event_files.h"
#include "store/store.h"
#include "system/daemon_log.h"

namespace signpost::daemon::ingest {

/// What a result causes. `next` is the queue id under which the message goes on in another pass through us; empty: none.
void add_delivery(const feedback::Delivery& delivery, const QueuedMessage& message, std::string_view next,
                  base::Wall now, Effects& effects);

/// The queue id that the next server gave the message, as its answer says ("250 2.0.0 Ok: queued as 4F2C1"); empty if it says
/// none.
std::string_view find_queued_as(std::string_view said);

/// Thread-safe but for start, stop and pass.
class MailLog {
 public:
  /// All must outlive it.
  MailLog(std::string path, store::Store& store, store::EventFiles& files, const milter::Services& services,
          system::DaemonLog& log);

  /// Without a path it does nothing.
  void start();
  void stop();
  /// Takes in the next lines; false if there were none. Called by the thread, and by tests.
  base::Result<bool> pass();
  /// Why the log is not being read; empty while all is well.
  std::string failure() const;

 private:
  void tell(const base::Result<bool>& passed);
  void take_line(std::string_view line, base::Wall now, Effects& effects) const;

  const std::string path_;
  store::Store& store_;
  store::EventFiles& files_;
  const milter::Services& services_;
  system::DaemonLog& log_;
  GrowingLog lines_;
  QueuedMessages messages_;
  mutable base::Mutex mutex_;
  std::string failure_ GUARDED_BY(mutex_);
  base::Worker worker_;
};

}  // namespace signpost::daemon::ingest
