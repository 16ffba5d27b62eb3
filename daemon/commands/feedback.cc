// feedback records: what must stand in the DNS so that bounces come back. feedback take: takes in what came back by another way
// than a port with the milter, such as a pipe. feedback replay: judges what came back anew, by the rules of today.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/ip.h"
#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "mail/address.h"

namespace signpost::daemon::commands {
namespace {

/// The mechanisms of an SPF record (RFC 7208 §5): the addresses from which mail leaves, else those of the host.
base::Result<std::string> spf_of(const std::string& addresses, const std::string& host) {
  if (addresses.empty()) return "a:" + host;
  std::string mechanisms;
  for (const std::string_view one : base::split(addresses, ',')) {
    const auto network = base::parse_network(one);
    if (!network) return tl::unexpected(base::in_context("ip", network.error()));
    const bool is_v6 = one.find(':') != std::string_view::npos;
    mechanisms += (mechanisms.empty() ? "" : " ") + std::string(is_v6 ? "ip6:" : "ip4:") + std::string(one);
  }
  return mechanisms;
}

/// The bounce domains, and the sender domains whose mail has return paths there.
std::map<std::string, std::set<std::string>> bounce_domains(const milter::Snapshot& snapshot) {
  std::map<std::string, std::set<std::string>> domains;
  for (const policy::Tenant& tenant : snapshot.policy.tenants) {
    const std::string& domain = snapshot.feedback.domain_of(tenant.id());
    if (!domain.empty()) domains[domain].insert(tenant.sender_domains.begin(), tenant.sender_domains.end());
  }
  return domains;
}

/// Whether SPF may align for DMARC's relaxed mode (RFC 7489 §3.1.2): they have the last two labels in common. More cannot be told
/// without a list of public suffixes.
bool may_align(std::string_view one, std::string_view other) {
  const auto last_labels = [](std::string_view name) {
    const std::size_t dot = name.rfind('.');
    const std::size_t before = dot == name.npos || dot == 0 ? name.npos : name.rfind('.', dot - 1);
    return before == name.npos ? name : name.substr(before + 1);
  };
  return last_labels(one) == last_labels(other);
}

/// As much of it as the milter keeps of such a message (milter/returned).
constexpr std::size_t kMaxTaken = std::size_t{1} << 20;

/// The message in lines of base64. Error `invalid`: they are not that, or end before the ".".
base::Result<std::string> read_message(LineSource& lines) {
  std::string message;
  base::Result<std::string> failed = base::invalid("the lines ended before the line \".\"");
  bool is_whole = true;
  for (std::string line;;) {
    const LineStatus status = lines.read_line(line);
    if (status == LineStatus::closed) return failed;
    if (status == LineStatus::line && line == ".") break;
    const auto bytes = status == LineStatus::line ? base::decode_base64(line) : failed;
    is_whole = is_whole && bytes.has_value();
    if (bytes && message.size() < kMaxTaken) message += *bytes;
  }
  if (!is_whole)
    return base::invalid("a line is not base64; `signpostctl feedback RECIPIENT < MESSAGE` sends them");
  message.resize(std::min(message.size(), kMaxTaken));
  return message;
}

std::string new_id(base::Wall now) {
  const std::string random = base::random_bytes(10);
  std::array<std::uint8_t, 10> entropy{};
  std::copy(random.begin(), random.end(), entropy.begin());
  return base::format_ulid(now, entropy);
}

}  // namespace

void feedback_take(const Request& request, ControlContext& context, LineSource& lines, Reply& reply) {
  auto message = read_message(lines);
  if (!message) return reply.error(message.error());
  const mail::Address& recipient = request.address("RECIPIENT").address;
  const auto snapshot = context.snapshots.get();
  if (!snapshot->return_paths || !snapshot->feedback.is_bounce_domain(recipient.domain))
    return reply.error("not-found", recipient.domain + " is not a bounce domain; see feedback.bounce_domain");
  if (base::equals_ignore_case(recipient.local, "postmaster") ||
      base::equals_ignore_case(recipient.local, "abuse"))
    return reply.error(
        "invalid", recipient.local + " is a person (RFC 2142): give that address an alias before the pipe");
  if (context.counters.store_closed) return reply.error("unavailable", "the list is not open yet");
  const milter::ReturnedMail mail{
      new_id(context.clock.wall()), "", {recipient.local}, std::move(*message), "pipe"};
  if (auto taken = context.returned.take(mail, *snapshot); !taken) return reply.error(taken.error());
  reply.ok("taken", {{"id", mail.id}});
}

void feedback_replay(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto* since = request.find<std::chrono::milliseconds>("since");
  const base::Wall from = since == nullptr ? base::Wall{} : context.clock.wall() - *since;
  const bool acts = !request.flag("dry-run");
  std::vector<Fields> lines;
  const auto done = context.replay(from, acts, [&](const ingest::Rejudged& one) {
    lines.push_back({{"to", one.address},
                     {"tenant", one.tenant},
                     {"before", word_or_none(one.before)},
                     {"now", one.after},
                     {"reason", one.reason},
                     {"done", one.is_done}});
  });
  if (!done && lines.empty()) return reply.error(done.error());
  reply.ok();
  const std::uint64_t count = lines.size();
  for (Fields& fields : lines) reply.line(std::move(fields));
  // After what was told it means that there is more.
  if (!done) return reply.error(done.error());
  reply.end(count);
}

void feedback_records(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const std::string& host = request.text("host");
  if (base::parse_ip(host))
    return reply.error("invalid", "host must be a name: an MX record cannot lead to an address");
  const auto spf = spf_of(request.text("ip"), host);
  if (!spf) return reply.error(spf.error());
  const auto domains = bounce_domains(*context.snapshots.get());
  if (domains.empty())
    return reply.error("not-found", "no return paths are configured; set feedback.bounce_domain");
  reply.ok();
  for (const auto& [domain, senders] : domains) {
    reply.line({{"name", domain}, {"type", "MX"}, {"value", "10 " + host + "."}});
    reply.line({{"name", domain}, {"type", "TXT"}, {"value", "v=spf1 " + *spf + " -all"}});
    Value::Texts apart;
    std::copy_if(senders.begin(), senders.end(), std::back_inserter(apart),
                 [&name = domain](const std::string& sender) { return !may_align(name, sender); });
    if (!apart.empty()) reply.line({{"name", domain}, {"not-aligned", apart}});
  }
  reply.end(domains.size());
}

}  // namespace signpost::daemon::commands
