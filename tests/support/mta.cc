// The milter protocol, version 6, as an MTA speaks it. Packets are a 4-byte length, a command byte and data;
// what needs no answer is collected and written together with the next packet that does, as Postfix does.
#include "tests/support/mta.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/support/milter_wire.h"

namespace signpost::tests {

namespace {

using base::invalid;
using base::Result;

std::string without_double_percent(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '%' && i + 1 < text.size() && text[i + 1] == '%') ++i;
  }
  return out;
}

/// The macros that each MTA sends unless the filter asks for others.
std::map<char, std::vector<std::string>> default_symbols(Mta::Style style) {
  std::map<char, std::vector<std::string>> symbols = {
      {wire::kConnect, {"j", "{daemon_name}", "{daemon_addr}", "v", "_"}},
      {wire::kMail, {"i", "{auth_type}", "{auth_authen}", "{auth_author}", "{mail_addr}"}},
      {wire::kRcpt, {"i", "{rcpt_addr}"}},
      {wire::kData, {"i"}},
      {wire::kEndOfHeaders, {"i"}},
      {wire::kEndOfBody, {"i"}},
  };
  if (style == Mta::Style::postfix) {
    symbols[wire::kHeader] = {"i"};
    symbols[wire::kBody] = {"i"};
  }
  return symbols;
}

}  // namespace

std::string Answer::format() const {
  switch (kind) {
    case Kind::waived:
    case Kind::go_on:
    case Kind::skip:
      return "continue";
    case Kind::accept:
      return "accept";
    case Kind::discard:
      return "discard";
    case Kind::reject:
      return "550 5.7.1 Command rejected";
    case Kind::tempfail:
      return "451 4.7.1 Service unavailable - try again later";
    case Kind::reply:
      return text;
  }
  return {};
}

bool is_final(const Answer& answer) {
  return answer.kind != Answer::Kind::waived && answer.kind != Answer::Kind::go_on &&
         answer.kind != Answer::Kind::skip;
}

Result<Mta> Mta::open(std::string_view address, Style style) {
  auto channel = MilterChannel::open(address);
  if (!channel) return tl::unexpected(channel.error());
  return Mta(std::move(*channel), style);
}

void Mta::cut() {
  // The connection ends either way; an error here says no more than that.
  static_cast<void>(channel_.flush());
  channel_.close();
}

// ---- packets
// -------------------------------------------------------------------------------------------------------------

void Mta::queue_macros(char command) {
  const auto names = symbols_.find(command);
  if (names == symbols_.end()) return;
  std::string data(1, command);
  for (const std::string& name : names->second) {
    const auto value = macros_.find(name);
    if (value != macros_.end()) data += zero_ended(name) + zero_ended(value->second);
  }
  channel_.queue(wire::kMacro, data);
}

namespace {

Result<Answer> to_answer(char command, const std::string& data) {
  switch (command) {
    case wire::kContinue:
      return Answer{Answer::Kind::go_on, {}};
    case wire::kAccept:
      return Answer{Answer::Kind::accept, {}};
    case wire::kReject:
      return Answer{Answer::Kind::reject, {}};
    case wire::kTempfail:
      return Answer{Answer::Kind::tempfail, {}};
    case wire::kDiscard:
      return Answer{Answer::Kind::discard, {}};
    case wire::kSkip:
      return Answer{Answer::Kind::skip, {}};
    case wire::kReplyCode: {
      auto pieces = split_zero_ended(data);
      if (!pieces || pieces->size() != 1) return invalid("the filter sent a malformed reply");
      return Answer{Answer::Kind::reply, without_double_percent(pieces->front())};
    }
    default:
      return invalid(std::string("unexpected answer '") + command + "'");
  }
}

}  // namespace

Result<Answer> Mta::read_answer() {
  auto packet = channel_.read();
  if (!packet) return tl::unexpected(packet.error());
  return to_answer(packet->command, packet->data);
}

/// One step: macros, the packet, and its answer unless the step was declined (`skip_bit`)
/// or its reply waived.
Result<Answer> Mta::step(char command, std::string_view data, std::uint32_t skip_bit,
                         std::uint32_t waive_bit) {
  if ((steps_ & skip_bit) != 0) return Answer{};
  queue_macros(command);
  channel_.queue(command, data);
  if ((steps_ & waive_bit) != 0) {
    if (channel_.queued() < (1u << 20)) return Answer{};
    auto written = channel_.flush();
    if (!written) return tl::unexpected(written.error());
    return Answer{};
  }
  if (auto written = channel_.flush(); !written) return tl::unexpected(written.error());
  return read_answer();
}

// ---- the steps
// -----------------------------------------------------------------------------------------------------------

Result<void> Mta::negotiate(const Offer& offer) {
  symbols_ = default_symbols(style_);
  macros_ = {{"j", "mx.example"},
             {"v", style_ == Style::sendmail ? "8.17.1.9" : "Postfix 3.7.11"},
             {"{daemon_addr}", "127.0.0.1"}};
  channel_.queue(wire::kNegotiate,
                 big_endian(offer.version) + big_endian(offer.actions) + big_endian(offer.steps));
  if (auto written = channel_.flush(); !written) return written;
  auto packet = channel_.read();
  if (!packet) return tl::unexpected(packet.error());
  if (packet->command != wire::kNegotiate || packet->data.size() < 12) return invalid("no negotiation reply");
  const std::string_view bytes = packet->data;
  actions_ = read_big_endian(bytes.substr(4));
  steps_ = read_big_endian(bytes.substr(8));
  if ((actions_ & ~offer.actions) != 0) return invalid("the filter needs actions that were not offered");
  if ((steps_ & ~offer.steps) != 0) return invalid("the filter needs steps that were not offered");
  return read_symbol_lists(bytes.substr(12));
}

Result<void> Mta::read_symbol_lists(std::string_view bytes) {
  static constexpr char kStages[] = {wire::kConnect, wire::kHelo,      wire::kMail,        wire::kRcpt,
                                     wire::kData,    wire::kEndOfBody, wire::kEndOfHeaders};
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\0', 4);
    if (bytes.size() < 5 || end == std::string_view::npos) return invalid("a damaged macro list");
    const std::uint32_t stage = read_big_endian(bytes);
    if (stage >= sizeof kStages) return invalid("a macro list for no stage");
    std::vector<std::string> names;
    for (std::string_view name : base::split(bytes.substr(4, end - 4), ' '))
      if (!name.empty()) names.emplace_back(name);
    symbols_[kStages[stage]] = std::move(names);
    bytes.remove_prefix(end + 1);
  }
  return {};
}

Result<Answer> Mta::connect(const Client& client) {
  if (!client.daemon_name.empty()) macros_["{daemon_name}"] = client.daemon_name;
  std::string data = zero_ended(client.name);
  if (client.ip.empty()) {
    data += 'L';
    data += std::string(2, '\0') + zero_ended("local");
  } else {
    macros_["{client_addr}"] = client.ip;
    data += client.ip.find(':') == std::string::npos ? '4' : '6';
    data += static_cast<char>(client.port >> 8);
    data += static_cast<char>(client.port & 0xff);
    data += zero_ended(client.ip);
  }
  return step(wire::kConnect, data, wire::kNoConnect, wire::kWaiveConnect);
}

Result<Answer> Mta::connect_local(const std::string& daemon_name) {
  local_ = true;
  return connect({"localhost", "127.0.0.1", 0, daemon_name});
}

Result<Answer> Mta::helo(const std::string& name) {
  return step(wire::kHelo, zero_ended(name), wire::kNoHelo, wire::kWaiveHelo);
}

void Mta::begin_transaction(const std::string& login) {
  for (const char* name : {"i", "{auth_type}", "{auth_authen}"}) macros_.erase(name);
  if (!login.empty()) {
    macros_["{auth_type}"] = "PLAIN";
    macros_["{auth_authen}"] = login;
  }
  accepted_ = 0;
  skip_body_ = false;
  queue_id_ = "4TEST" + std::to_string(++messages_);
  // Postfix' smtpd has no queue id before the first accepted recipient; pickup and sendmail
  // have one from MAIL on.
  has_queue_id_ = style_ == Style::sendmail || local_;
  if (has_queue_id_) macros_["i"] = queue_id_;
}

Result<Answer> Mta::mail(const std::string& sender, const std::vector<std::string>& parameters,
                         const std::string& login) {
  begin_transaction(login);
  macros_["{mail_addr}"] = sender;
  std::string data = zero_ended(local_ ? sender : "<" + sender + ">");
  for (const std::string& parameter : parameters) data += zero_ended(parameter);
  return step(wire::kMail, data, wire::kNoMail, wire::kWaiveMail);
}

Result<Answer> Mta::rcpt(const std::string& recipient) {
  macros_["{rcpt_addr}"] = recipient;
  auto answer = step(wire::kRcpt, zero_ended(local_ ? recipient : "<" + recipient + ">"), wire::kNoRcpt,
                     wire::kWaiveRcpt);
  if (answer && !is_final(*answer) && accepted_++ == 0) macros_["i"] = queue_id_;
  return answer;
}

Result<Answer> Mta::data() {
  return step(wire::kData, {}, wire::kNoData, wire::kWaiveData);
}

Result<Answer> Mta::header(const mail::Field& field) {
  std::string_view value = field.value;
  if ((steps_ & wire::kLeadingSpace) == 0 && value.starts_with(' ')) value.remove_prefix(1);
  return step(wire::kHeader, zero_ended(field.name) + zero_ended(value), wire::kNoHeaders,
              wire::kWaiveHeader);
}

Result<Answer> Mta::end_of_headers() {
  return step(wire::kEndOfHeaders, {}, wire::kNoEndOfHeaders, wire::kWaiveEndOfHeaders);
}

Result<Answer> Mta::body(std::string_view chunk) {
  if (skip_body_) return Answer{};
  auto answer = step(wire::kBody, chunk, wire::kNoBody, wire::kWaiveBody);
  if (answer && answer->kind == Answer::Kind::skip) skip_body_ = true;
  return answer;
}

namespace {

Result<WireEdit> to_edit(char command, const std::string& data) {
  WireEdit edit{command, 0, {}, {}};
  std::string_view rest = data;
  const bool indexed = command == wire::kInsertHeader || command == wire::kChangeHeader;
  if (indexed) {
    if (rest.size() < 4) return invalid("an edit without its index");
    edit.index = read_big_endian(rest);
    rest.remove_prefix(4);
  }
  auto pieces = split_zero_ended(rest);
  if (!pieces) return tl::unexpected(pieces.error());
  const bool named = indexed || command == wire::kAddHeader;
  if (pieces->size() < (named ? 2u : 1u)) return invalid(std::string("an edit '") + command + "' too short");
  if (named) edit.name = (*pieces)[0];
  edit.value = (*pieces)[named ? 1 : 0];
  if (command == wire::kChangeSender && pieces->size() > 1) {
    edit.name = (*pieces)[0];
    edit.value = (*pieces)[1];
  }
  return edit;
}

/// The action bit that must have been negotiated for an edit; 0: no edit at all.
std::uint32_t needed_action(char command) {
  switch (command) {
    case wire::kAddHeader:
    case wire::kInsertHeader:
      return wire::kMayAddHeaders;
    case wire::kChangeHeader:
      return wire::kMayChangeHeaders;
    case wire::kReplaceBody:
      return wire::kMayChangeBody;
    case wire::kAddRecipient:
      return wire::kMayAddRecipients;
    case wire::kDeleteRecipient:
      return wire::kMayDeleteRecipients;
    case wire::kChangeSender:
      return wire::kMayChangeSender;
    case wire::kQuarantine:
      return wire::kMayQuarantine;
    default:
      return 0;
  }
}

}  // namespace

Result<Ending> Mta::end_of_body() {
  queue_macros(wire::kEndOfBody);
  channel_.queue(wire::kEndOfBody, {});
  if (auto written = channel_.flush(); !written) return tl::unexpected(written.error());
  Ending ending;
  for (;;) {
    auto packet = channel_.read();
    if (!packet) return tl::unexpected(packet.error());
    if (packet->command == wire::kProgress) continue;
    const std::uint32_t action = needed_action(packet->command);
    if (action == 0) {
      auto answer = to_answer(packet->command, packet->data);
      if (!answer) return tl::unexpected(answer.error());
      ending.answer = std::move(*answer);
      break;
    }
    if ((actions_ & action) == 0)
      return invalid(std::string("edit '") + packet->command + "' was not negotiated");
    if (packet->command == wire::kReplaceBody) {
      if (!ending.new_body) ending.new_body.emplace();
      *ending.new_body += packet->data;
      continue;
    }
    auto edit = to_edit(packet->command, packet->data);
    if (!edit) return tl::unexpected(edit.error());
    ending.edits.push_back(std::move(*edit));
  }
  if (style_ == Style::postfix) channel_.queue(wire::kAbort, {});  // Postfix ends every message so
  return ending;
}

Result<Ending> Mta::send(const mail::Message& message) {
  auto answer = data();
  for (std::size_t i = 0; answer && !is_final(*answer) && i < message.fields.size(); ++i)
    answer = header(message.fields[i]);
  if (answer && !is_final(*answer)) answer = end_of_headers();
  std::string_view rest = message.body;
  while (answer && !is_final(*answer) && !rest.empty()) {
    answer = body(rest.substr(0, wire::kChunk));
    rest.remove_prefix(std::min(rest.size(), wire::kChunk));
  }
  if (!answer) return tl::unexpected(answer.error());
  if (is_final(*answer)) return Ending{*answer, {}, {}};
  return end_of_body();
}

Result<void> Mta::abort() {
  channel_.queue(wire::kAbort, {});
  return channel_.flush();
}

Result<void> Mta::quit() {
  channel_.queue(wire::kQuit, {});
  auto written = channel_.flush();
  channel_.close();
  return written;
}

mail::Message apply_wire_edits(mail::Message message, const Ending& ending) {
  auto& fields = message.fields;
  for (const WireEdit& edit : ending.edits) {
    if (edit.command == wire::kAddHeader) fields.push_back({edit.name, edit.value});
    if (edit.command == wire::kInsertHeader)
      fields.insert(
          fields.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(edit.index, fields.size())),
          {edit.name, edit.value});
    if (edit.command != wire::kChangeHeader) continue;
    std::uint32_t nth = 0;
    auto it = fields.begin();
    while (it != fields.end() && !(base::equals_ignore_case(it->name, edit.name) && ++nth == edit.index))
      ++it;
    if (it != fields.end() && edit.value.empty())
      fields.erase(it);
    else if (it != fields.end())
      it->value = edit.value;
    else if (!edit.value.empty())
      fields.push_back({edit.name, edit.value});
  }
  if (ending.new_body) message.body = *ending.new_body;
  return message;
}

}  // namespace signpost::tests
