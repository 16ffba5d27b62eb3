#include "programs/ctl/daemon_state.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "daemon/commands/line.h"
#include "daemon/control/client.h"
#include "mail/file/message_file.h"
#include "mail/message.h"
#include "policy/tenant.h"
#include "programs/ctl/offline_message.h"

namespace signpost::programs {
namespace {

using Words = std::vector<daemon::commands::Word>;

std::string value_of(const Words& words, std::string_view key) {
  const auto found = std::find_if(words.begin(), words.end(),
                                  [key](const daemon::commands::Word& word) { return word.key == key; });
  return found == words.end() || found->value == "-" ? std::string() : found->value;
}

std::optional<base::Wall> time_of(const Words& words, std::string_view key) {
  const auto time = base::parse_time(value_of(words, key));
  return time ? std::optional(*time) : std::nullopt;
}

base::Result<policy::Listing> listing_of(const Words& words) {
  const auto reason = policy::parse_reason(value_of(words, "reason"));
  if (!reason) return tl::unexpected(reason.error());
  policy::Listing listing;
  listing.address = value_of(words, "address");
  listing.subdomains = value_of(words, "subdomains") == "yes";
  listing.tenant = value_of(words, "tenant");
  listing.stream = value_of(words, "stream");
  listing.reason = *reason;
  listing.since = time_of(words, "since").value_or(base::Wall{});
  listing.until = time_of(words, "until");
  listing.trial = time_of(words, "trial");
  return listing;
}

base::Result<std::vector<policy::Rate>> rates_of(const Words& words) {
  std::vector<policy::Rate> rates;
  const std::string list = value_of(words, "rate");
  for (const std::string_view text : base::split(list, ',')) {
    auto rate = policy::parse_rate(text);
    if (!rate) return tl::unexpected(rate.error());
    rates.push_back(*rate);
  }
  return rates;
}

/// Takes one body line. Lines of other kinds are only for people.
base::Result<void> take_line(const Words& words, base::Result<std::vector<policy::Listing>>& listings,
                             DaemonState& state) {
  const std::string what = value_of(words, "what");
  if (what == "listing") {
    if (const std::string error = value_of(words, "error"); !error.empty()) {
      listings = base::fail(base::ErrorKind::unavailable, error);
      return {};
    }
    auto listing = listing_of(words);
    if (!listing) return tl::unexpected(listing.error());
    if (listings) listings->push_back(std::move(*listing));
  } else if (what == "pause") {
    state.overrides.paused[value_of(words, "tenant")] = {time_of(words, "until"), {}};
  } else if (what == "rates") {
    auto rates = rates_of(words);
    if (!rates) return tl::unexpected(rates.error());
    state.overrides.limits[value_of(words, "limit")] = {std::move(*rates), std::nullopt, {}};
  } else if (what == "buckets") {
    auto bytes = base::decode_base64(value_of(words, "saved"));
    if (!bytes) return tl::unexpected(bytes.error());
    state.buckets.push_back(std::move(*bytes));
  }
  return {};
}

std::string explain_command(const mail::Address& recipient, const MessageRun& run, const std::string& stream,
                            std::optional<mail::Origin> origin) {
  Words words = {{"", "explain"}, {"", "recipient"}, {"", mail::format_address(recipient)}};
  words.push_back({"sender", run.sender.empty() ? "<>" : run.sender});
  if (origin) words.push_back({"origin", mail::origin_word(*origin)});
  if (!run.login.empty()) words.push_back({"login", run.login});
  if (!run.client.empty()) words.push_back({"client", run.client});
  words.push_back({"stream", stream});
  words.push_back({"state", "yes"});
  return daemon::commands::format_command_line(words);
}

/// The streams in which the message will be judged; none for mail that is not outbound. Tells its origin too.
std::vector<std::string> streams_of(std::string_view raw, const MessageRun& run,
                                    const milter::Snapshot& snapshot, std::optional<mail::Origin>& origin) {
  mail::Envelope envelope = make_envelope(run);
  envelope.recipients.resize(run.recipients.size());
  const mail::Message message = mail::parse_message(mail::to_wire(raw, door_of(run)).first);
  const policy::Tenant* tenant =
      policy::identify_unsealed(snapshot.policy, envelope, run.origin, &message.fields);
  origin = envelope.origin;
  if (tenant == nullptr) return {};
  const std::string late = policy::stream_by_header(*tenant, envelope.stream, message.fields).stream;
  if (late == envelope.stream) return {late};
  return {envelope.stream, late};
}

}  // namespace

base::Result<void> read_explained(const std::vector<std::string>& lines, const mail::Address& recipient,
                                  DaemonState& state) {
  if (lines.empty()) return base::invalid("signpostd sent no reply");
  const auto status = daemon::control::parse_status_line(lines.front());
  if (!status) return tl::unexpected(status.error());
  if (!status->ok) return base::invalid("signpostd: " + status->text);
  base::Result<std::vector<policy::Listing>> listings{std::vector<policy::Listing>{}};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto words = daemon::commands::parse_command_line(lines[i]);
    if (!words) return tl::unexpected(base::in_context("signpostd's reply", words.error()));
    if (auto taken = take_line(*words, listings, state); !taken)
      return tl::unexpected(base::in_context("signpostd's reply", taken.error()));
  }
  state.listings.insert_or_assign(mail::canonical_key(recipient), std::move(listings));
  return {};
}

base::Result<DaemonState> ask_state(std::string_view raw, const MessageRun& run,
                                    const milter::Snapshot& snapshot, const AskDaemonLines& ask) {
  DaemonState state;
  std::optional<mail::Origin> origin;
  for (const std::string& stream : streams_of(raw, run, snapshot, origin)) {
    for (const std::string& recipient : run.recipients) {
      const auto address = mail::parse_address(recipient);
      if (!address) continue;
      const auto lines = ask(explain_command(*address, run, stream, origin));
      if (!lines) return tl::unexpected(lines.error());
      if (auto read = read_explained(*lines, *address, state); !read) return tl::unexpected(read.error());
    }
  }
  return state;
}

}  // namespace signpost::programs
