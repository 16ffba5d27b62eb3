// The settings of the process itself, as plain data: sockets, logs, paths, and what signpost-web and the DNS watch
// need. The settings by which messages are judged are in the Snapshot.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/keyring.h"
#include "config/dns_watch_settings.h"
#include "config/reader/reader.h"
#include "config/shared/web_settings.h"
#include "system/listen_address.h"
#include "system/milter_socket/milter_address.h"

namespace signpost::config {

enum class LogFormat { text, json };
enum class LogAddresses { clear, hashed };
enum class WhenUnknown { refuse, defer };

/// The settings of the process itself. Most of them take effect only at the next start.
struct ProcessSettings {
  system::SocketAddress milter_socket;
  mode_t milter_socket_mode = 0;
  std::string milter_socket_group;  ///< empty: the process's own
  std::string control_socket;       ///< an absolute path
  std::string admin_group;
  std::string read_group;
  std::string results_socket;  ///< [feedback] for Postfix' smtp_delivery_status_filter; empty: not served
  std::string results_user;    ///< who may ask there
  std::string hold_socket;     ///< [hold] of signpost-release; empty: nothing is held
  std::string store_path;
  std::string identity_file;                          ///< empty: in store_path
  WhenUnknown when_unknown = WhenUnknown::refuse;     ///< a start whose list is not known to be the right one
  std::optional<std::chrono::seconds> events_kept;    ///< [retention] events; always set once read
  std::optional<std::chrono::seconds> evidence_kept;  ///< [retention] evidence; always set once read
  std::uint64_t evidence_size = 0;                    ///< bytes of the kept reports
  bool keeps_evidence = true;
  std::uint64_t events_size = 0;  ///< bytes of the event files
  bool keeps_events = true;
  std::string events_path;     ///< empty: `events` in store_path
  std::string mail_log;        ///< [feedback] mail_log; empty: it is not read
  system::ListenAddress smtp;  ///< [unsubscribe] smtp: takes our own mail
  std::string log_file;        ///< empty: syslog, facility mail
  LogFormat log_format = LogFormat::text;
  LogAddresses log_addresses = LogAddresses::clear;
  /// For hashed listings and hashed log addresses; absent without suppression.key_file.
  std::shared_ptr<const base::Keyring> suppression_keys;
  shared::WebSettings web;
  DnsWatchSettings publish;
  /// Every setting that takes effect at a restart only.
  reader::RestartValues restart_values;
};

}  // namespace signpost::config
