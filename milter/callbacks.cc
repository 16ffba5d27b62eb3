#include "milter/callbacks.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <netinet/in.h>
#include <pthread.h>

#include "milter/apply.h"
#include "milter/packets.h"
#include "milter/session.h"

namespace signpost::milter {
namespace {

using policy::Action;

/// What signing and rewriting need from the MTA. Without LEADSPC, "Subject:x" and "Subject: x" look the same.
constexpr unsigned long kActions = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY | SMFIF_ADDRCPT |
                                   SMFIF_QUARANTINE | SMFIF_DELRCPT | SMFIF_CHGFROM | SMFIF_SETSYMLIST;
constexpr unsigned long kSteps = SMFIP_HDR_LEADSPC | SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL |
                                 SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_NODATA | SMFIP_NOUNKNOWN;

// Set once by open_milter, before libmilter has threads; libmilter gives callbacks nothing
// else to find them by.
const Services* services = nullptr;
std::atomic<int> running_callbacks{0};

pthread_t milter_thread;  // valid while milter_runs
std::atomic<bool> milter_runs{false};

struct Running {
  Running() { ++running_callbacks; }
  ~Running() { --running_callbacks; }
};

Session* session(SMFICTX* context) {
  return static_cast<Session*>(smfi_getpriv(context));
}

std::string macro(SMFICTX* context, const char* name) {
  const char* value = smfi_getsymval(context, const_cast<char*>(name));
  return value ? value : "";
}

void report(policy::Why reason, const char* text) noexcept {
  ++services->counters.errors;
  try {
    policy::Event event;
    event.at = services->clock.wall();
    event.add("stage", "milter");
    event.add("action", "defer");
    event.add("reason", policy::why_word(reason));
    event.add("text", text, policy::EventField::Kind::text);
    services->events.write(event);
  } catch (const std::exception&) {  // counted above; there is no memory to say more
  }
}

void report_odd_macros() {
  report(policy::Why::negotiation,
         "a macro packet has a name without a value, which no MTA sends; the connection was closed: find out "
         "what else reaches milter.socket");
}

/// Once in the life of the process: it is the library that lacks something, not this MTA.
void report_unwatched_packets() {
  static std::atomic_flag reported;
  if (packets_are_watched() || reported.test_and_set()) return;
  report(policy::Why::negotiation,
         "this libmilter is linked with -Bsymbolic: mail over inet is slow, and a malformed macro packet can "
         "end the daemon; use a unix socket, or a libmilter as Debian builds it");
}

sfsistat failure_status() {
  return services->snapshots.get()->milter.failure_answer() == OnError::accept ? SMFIS_ACCEPT
                                                                               : SMFIS_TEMPFAIL;
}

/// The guard at the C boundary: runs the callback; an exception (memory ran out) becomes `on_failure`.
template <class Function>
sfsistat guarded(sfsistat on_failure, Function&& function) {
  Running running;
  try {
    return function();
  } catch (const std::exception& error) {
    report(policy::Why::internal, error.what());
    return on_failure;
  }
}

/// For a callback whose reply was waived: it must always return NOREPLY, or the session hangs. A failure here (a
/// body byte that was not kept) is answered at the next callback that may answer.
template <class Function>
sfsistat waived(SMFICTX* context, Function&& function) {
  Session* found = session(context);
  if (!found) return SMFIS_NOREPLY;
  const auto marked = [&]() -> sfsistat {
    found->set_failed(true);
    function(*found);
    found->set_failed(false);
    return SMFIS_NOREPLY;
  };
  return found->failed() ? SMFIS_NOREPLY : guarded(SMFIS_NOREPLY, marked);
}

sfsistat status_of(SMFICTX* context, const policy::Verdict& verdict) {
  switch (verdict.action) {
    case Action::refuse:
      set_reply(context, verdict.reply);
      return SMFIS_REJECT;
    case Action::defer:
      set_reply(context, verdict.reply);
      return SMFIS_TEMPFAIL;
    case Action::discard:
      return SMFIS_DISCARD;
    default:
      return SMFIS_CONTINUE;
  }
}

sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps, unsigned long,
                      unsigned long, unsigned long* want_actions, unsigned long* want_steps,
                      unsigned long* want2, unsigned long* want3) {
  return guarded(SMFIS_REJECT, [&]() -> sfsistat {
    report_unwatched_packets();
    if ((actions & kActions) != kActions || (steps & kSteps) != kSteps) {
      char text[160];
      (void)std::snprintf(text, sizeof text,
                          "the MTA offers actions 0x%lx and steps 0x%lx, signing needs 0x%lx and 0x%lx; use "
                          "Postfix 3.x with milter_protocol = 6, or sendmail 8.14 or later",
                          actions, steps, kActions, kSteps);
      report(policy::Why::negotiation, text);
      ++services->counters.negotiations_failed;
      return SMFIS_REJECT;
    }
    *want_actions = kActions;
    *want_steps = kSteps;
    *want2 = *want3 = 0;
    const auto ask = [&](int stage, const char* names) {
      smfi_setsymlist(context, stage, const_cast<char*>(names));
    };
    ask(SMFIM_CONNECT, "j {daemon_name} {daemon_addr} {daemon_port} v");
    ask(SMFIM_ENVFROM, "i {auth_authen}");
    ask(SMFIM_ENVRCPT, "i {rcpt_addr}");
    ask(SMFIM_EOM, "i");
    return SMFIS_CONTINUE;
  });
}

std::optional<base::Ip> ip_of(const _SOCK_ADDR* address, std::uint16_t& port) {
  base::Ip ip;
  if (address && address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    ip.bytes[10] = ip.bytes[11] = 0xff;
    std::memcpy(ip.bytes.data() + 12, &v4->sin_addr, 4);
    port = ntohs(v4->sin_port);
    return ip;
  }
  if (address && address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    std::memcpy(ip.bytes.data(), &v6->sin6_addr, 16);
    port = ntohs(v6->sin6_port);
    return ip;
  }
  return {};
}

sfsistat on_connect(SMFICTX* context, char* host, _SOCK_ADDR* address) {
  return guarded(SMFIS_NOREPLY, [&]() -> sfsistat {
    Session::Connection connection;
    connection.client = ip_of(address, connection.port);
    connection.client_name = host ? host : "";
    connection.daemon_name = macro(context, "{daemon_name}");
    connection.daemon_port = macro(context, "{daemon_port}");
    connection.host = macro(context, "j");
    connection.mta = mta_of(macro(context, "v"));
    if (const auto own = base::parse_ip(macro(context, "{daemon_addr}"))) connection.daemon_address = *own;
    auto created = std::make_unique<Session>(*services);
    created->connect(connection);
    if (smfi_setpriv(context, created.get()) == MI_SUCCESS) (void)created.release();  // on_close deletes it
    return SMFIS_NOREPLY;
  });
}

sfsistat on_helo(SMFICTX* context, char* name) {
  return waived(context, [&](Session& found) { found.helo(name ? name : ""); });
}

sfsistat on_mail(SMFICTX* context, char** arguments) {
  return waived(context, [&](Session& found) {
    Session::MailFrom from;
    if (arguments && arguments[0]) {
      from.sender = arguments[0];
      for (char** parameter = arguments + 1; *parameter; ++parameter)
        from.parameters.emplace_back(*parameter);
    }
    from.login = macro(context, "{auth_authen}");
    from.queue_id = macro(context, "i");
    found.mail(from);
  });
}

sfsistat on_rcpt(SMFICTX* context, char** arguments) {
  return guarded(failure_status(), [&]() -> sfsistat {
    Session* found = session(context);
    if (!found || !arguments || !arguments[0]) return failure_status();
    return status_of(context, found->rcpt(arguments[0], macro(context, "i"), macro(context, "{rcpt_addr}")));
  });
}

sfsistat on_header(SMFICTX* context, char* name, char* value) {
  return waived(context, [&](Session& found) { found.header(name ? name : "", value ? value : ""); });
}

sfsistat on_end_of_headers(SMFICTX* context) {
  return waived(context, [](Session& found) { found.end_of_headers(); });
}

sfsistat on_body(SMFICTX* context, unsigned char* bytes, std::size_t size) {
  return waived(context, [&](Session& found) { found.body({reinterpret_cast<const char*>(bytes), size}); });
}

sfsistat on_end_of_message(SMFICTX* context) {
  return guarded(failure_status(), [&]() -> sfsistat {
    Session* found = session(context);
    if (!found) return failure_status();
    Outcome outcome = found->end_of_message(macro(context, "i"));
    policy::Verdict verdict = std::move(outcome.verdict);
    std::string failed;
    if (verdict.action == Action::accept || verdict.action == Action::pass ||
        verdict.action == Action::hold) {
      failed = apply_edits(context, outcome);
      if (failed.empty() && verdict.action == Action::hold) failed = hold_message(context, verdict.rule);
      if (!failed.empty()) verdict = found->apply_failed(failed);
    }
    const sfsistat status = status_of(context, verdict);
    found->finish(failed.empty());
    return status;
  });
}

sfsistat on_abort(SMFICTX* context) {
  return guarded(SMFIS_CONTINUE, [&]() -> sfsistat {
    if (Session* found = session(context)) found->abort();
    return SMFIS_CONTINUE;
  });
}

sfsistat on_close(SMFICTX* context) {
  return guarded(SMFIS_CONTINUE, [&]() -> sfsistat {
    std::unique_ptr<Session> found(session(context));
    smfi_setpriv(context, nullptr);
    return SMFIS_CONTINUE;
  });
}

smfiDesc description() {
  smfiDesc result{};
  static char name[] = "signpost";
  result.xxfi_name = name;
  result.xxfi_version = SMFI_VERSION;
  result.xxfi_flags = kActions;
  result.xxfi_connect = on_connect;
  result.xxfi_helo = on_helo;
  result.xxfi_envfrom = on_mail;
  result.xxfi_envrcpt = on_rcpt;
  result.xxfi_header = on_header;
  result.xxfi_eoh = on_end_of_headers;
  result.xxfi_body = on_body;
  result.xxfi_eom = on_end_of_message;
  result.xxfi_abort = on_abort;
  result.xxfi_close = on_close;
  result.xxfi_negotiate = on_negotiate;
  return result;
}

}  // namespace

base::Result<std::string> open_milter(const std::string& socket, const Services& given) {
  services = &given;
  std::string copy = socket;
  if (smfi_setconn(copy.data()) != MI_SUCCESS)
    return base::invalid("milter.socket \"" + socket + "\" is not a valid milter socket");
  if (smfi_register(description()) != MI_SUCCESS)
    return base::fail(base::ErrorKind::unavailable, "libmilter: smfi_register failed");
  smfi_setbacklog(1024);
  watch_packets({socket.starts_with("inet"), report_odd_macros});
  if (smfi_opensocket(true) != MI_SUCCESS) {
    return base::fail(base::ErrorKind::unavailable,
                      "cannot listen on " + socket + ": " + std::generic_category().message(errno));
  }
  return socket;
}

bool run_milter() {
  milter_thread = pthread_self();
  milter_runs = true;
  const bool ended_well = smfi_main() == MI_SUCCESS;
  milter_runs = false;
  return ended_well;
}

/// libmilter's listener looks whether it shall end when its poll of five seconds returns, and holds during the poll the
/// lock that smfi_stop waits for. A signal to its thread interrupts the poll; it must come after smfi_stop has said
/// what is wanted and while the listener is in its poll, hence the loop.
void stop_milter() {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  (void)sigaction(SIGUSR2, &nothing, nullptr);
  std::thread stopping;
  try {
    stopping = std::thread([] { smfi_stop(); });
  } catch (const std::system_error&) {  // no thread is to be had: then it takes up to five seconds
    smfi_stop();
    return;
  }
  while (milter_runs) {
    (void)pthread_kill(milter_thread, SIGUSR2);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  stopping.join();
}

bool wait_for_callbacks(std::chrono::milliseconds max) {
  const auto deadline = std::chrono::steady_clock::now() + max;
  while (running_callbacks.load() > 0) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace signpost::milter
