// Parts of the daemon that follow from the process settings alone: how the log shows addresses, how the DNS is asked, and who
// counts as the MTA. daemon/daemon puts them where they belong.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/keyring.h"
#include "config/process_settings.h"
#include "daemon/policy_log.h"
#include "daemon/upkeep/hold_keeper.h"
#include "dkim/verify.h"
#include "milter/returned_mail.h"
#include "policy/event_line.h"
#include "system/dns_lookup.h"
#include "system/dns_resolver.h"

namespace signpost::daemon {

PolicyLogSettings log_settings(const config::ProcessSettings& process);

/// The directory of the event files.
std::string events_path(const config::ProcessSettings& process);

/// An address as the log shows it now, or showed it before log.addresses or the key was changed. `keys` may be null.
policy::AddressForms forms_under(std::shared_ptr<const base::Keyring> keys);

/// Empty: the system's servers.
base::Result<std::unique_ptr<system::DnsLookup>> ask_dns(const std::vector<system::DnsServer>& servers);

/// TXT records by the DNS, for reports that must be signed: rare enough for a resolver of its own each. Thread-safe.
dkim::RecordLookup records_by_dns(const config::DnsWatchSettings& settings);

/// The MTA's hold queue; nullptr without hold.socket.
std::unique_ptr<upkeep::MtaQueue> hold_queue(const config::ProcessSettings& process);

/// Whether a process of root or of that user is at the other end of the connection. Thread-safe.
std::function<bool(const milter::ReturnedMail&)> is_sent_by(const std::string& user);

}  // namespace signpost::daemon
