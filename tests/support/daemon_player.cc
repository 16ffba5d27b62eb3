// Dialogue steps as packets and control commands.
#include "tests/support/daemon_player.h"

#include "tests/support/milter_wire.h"
#include "tests/support/workplace.h"

namespace signpost::tests {

namespace {

using base::Result;

template <class Value>
Result<void> drop_value(const Result<Value>& result) {
  if (!result) return tl::unexpected(result.error());
  return {};
}

std::string bare(const std::string& sender) {
  const auto address = mail::parse_address(sender);
  return address ? mail::format_address(*address) : sender;
}

std::vector<SeenEdit> seen(const Ending& ending) {
  std::vector<SeenEdit> edits;
  for (const WireEdit& edit : ending.edits) {
    if (edit.command == wire::kAddHeader) edits.push_back({"add-header", edit.name, edit.value});
    if (edit.command == wire::kInsertHeader) edits.push_back({"insert-header", edit.name, edit.value});
    if (edit.command == wire::kChangeHeader)
      edits.push_back({edit.value.empty() ? "remove-header" : "change-header", edit.name, edit.value});
    if (edit.command == wire::kChangeSender) edits.push_back({"change-sender", bare(edit.name), edit.value});
    if (edit.command == wire::kAddRecipient) edits.push_back({"add-recipient", bare(edit.value), {}});
    if (edit.command == wire::kDeleteRecipient) {
      const auto address = mail::parse_address(edit.value);
      edits.push_back({"delete-recipient", address ? mail::format_address(*address) : edit.value, {}});
    }
  }
  if (ending.new_body) edits.push_back({"replace-body", {}, *ending.new_body});
  return edits;
}

}  // namespace

Result<void> DaemonPlayer::start(const std::string& config) {
  if (auto written = write_configuration(directory_, config); !written) return written;
  return daemon_.start(directory_);
}

Result<std::string> DaemonPlayer::reload(const std::string& config) {
  if (auto written = write_configuration(directory_, config); !written)
    return tl::unexpected(written.error());
  auto reply = daemon_.control("reload");
  if (!reply) return tl::unexpected(reply.error());
  return reply->front().starts_with("ok") ? "ok" : reply->front();
}

Result<void> DaemonPlayer::break_store() {
  return base::invalid("only the player in memory can break its store");
}

Result<void> DaemonPlayer::tick(std::chrono::milliseconds) {
  return base::invalid("only the player in memory can move the clock");
}

Result<void> DaemonPlayer::connect(const Caller& caller) {
  auto mta =
      Mta::open(daemon_.milter_address(), caller.sendmail_style ? Mta::Style::sendmail : Mta::Style::postfix);
  if (!mta) return tl::unexpected(mta.error());
  mta_.emplace(std::move(*mta));
  if (auto agreed = mta_->negotiate({}); !agreed) return agreed;
  auto answer = caller.local ? mta_->connect_local(caller.daemon_name)
                             : mta_->connect({caller.name, caller.ip, 40000, caller.daemon_name});
  if (!answer) return tl::unexpected(answer.error());
  return drop_value(mta_->helo(caller.local ? "localhost" : caller.name));
}

Result<void> DaemonPlayer::mail(const std::string& sender, const std::vector<std::string>& parameters,
                                const std::string& login) {
  return drop_value(mta_->mail(sender, parameters, login));
}

Result<std::string> DaemonPlayer::rcpt(const std::string& recipient) {
  auto answer = mta_->rcpt(recipient);
  if (!answer) return tl::unexpected(answer.error());
  return answer->format();
}

Result<Sent> DaemonPlayer::send(const mail::Message& message) {
  auto ending = mta_->send(message);
  if (!ending) return tl::unexpected(ending.error());
  const std::string word = ending->answer.format();
  return Sent{word == "continue" ? "accept" : word, seen(*ending)};
}

Result<void> DaemonPlayer::abort() {
  return mta_->abort();
}

Result<void> DaemonPlayer::quit() {
  auto done = mta_->quit();
  mta_.reset();
  return done;
}

Result<void> DaemonPlayer::cut() {
  mta_->cut();
  mta_.reset();
  return {};
}

}  // namespace signpost::tests
