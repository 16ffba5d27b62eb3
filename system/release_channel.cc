#include "system/release_channel.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>

#include "base/text.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/system_address.h"

namespace signpost::system {
namespace {

using base::ErrorKind;

/// Asked before an answer is read: the service makes batches of them, and keeps about twice as many waiting.
constexpr std::size_t kWindow = 1000;
constexpr std::size_t kMaxId = 80;
constexpr std::size_t kMaxAnswer = 4096;

/// Whether the id can be sent. The service decides whether it is one.
bool can_be_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxId && std::all_of(id.begin(), id.end(), [](char c) {
    return base::is_alnum(c) || c == ':' || c == '-' || c == '_';
  });
}

base::Error unavailable(const std::string& text) {
  return {ErrorKind::unavailable, "signpost-release: " + text};
}

/// "error KIND TEXT" as an Error. What is not one is unavailable, with the line as its text.
base::Error error_of(std::string_view line) {
  constexpr std::string_view kError = "error ";
  if (!line.starts_with(kError)) return unavailable("unexpected answer '" + std::string(line) + "'");
  line.remove_prefix(kError.size());
  const std::size_t blank = std::min(line.find(' '), line.size());
  const std::string_view kind = line.substr(0, blank);
  base::Error error = unavailable(std::string(line));
  if (kind == "invalid" || kind == "conflict" || kind == "unsupported") error.kind = ErrorKind::invalid;
  if (kind == "not-found" || kind == "not-told") error.kind = ErrorKind::not_found;
  if (kind == "limit") error.kind = ErrorKind::limit;
  return error;
}

ReleaseChannel::Answer answer_of(std::string_view line) {
  using Answer = ReleaseChannel::Answer;
  if (line == "ok gone") return Answer::gone;
  if (line == "ok" || line.starts_with("ok ")) return Answer::done;
  return line.starts_with("error not-told") ? Answer::not_told : Answer::failed;
}

std::optional<ReleaseChannel::Told::State> state_of(std::string_view word) {
  using State = ReleaseChannel::Told::State;
  if (word == "coming") return State::coming;
  if (word == "hold") return State::hold;
  if (word == "gone") return State::gone;
  return std::nullopt;
}

/// "told ID SINCE STATE".
std::optional<ReleaseChannel::Told> told_of(std::string_view line) {
  const auto words = base::split(line, ' ');
  if (words.size() != 4 || words[0] != "told") return std::nullopt;
  const auto since = base::parse_time(words[2]);
  const auto state = state_of(words[3]);
  if (!since || !state) return std::nullopt;
  return ReleaseChannel::Told{std::string(words[1]), *since, *state};
}

/// One connection; each wait is bounded by the socket's own timeouts.
class Line {
 public:
  static base::Result<Line> open(const std::string& path, std::chrono::milliseconds timeout) {
    const auto address = unix_address(path);
    if (!address) return tl::unexpected(address.error());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return tl::unexpected(unavailable(error_text(errno)));
    const auto microseconds = std::max<std::int64_t>(1, std::chrono::microseconds(timeout).count());
    const timeval patience{microseconds / 1'000'000, microseconds % 1'000'000};
    for (const int which : {SO_SNDTIMEO, SO_RCVTIMEO})  // the former bounds connect(2) too
      if (::setsockopt(socket.get(), SOL_SOCKET, which, &patience, sizeof patience) != 0)
        return tl::unexpected(unavailable(error_text(errno)));
    if (::connect(socket.get(), address->get(), address->size) != 0)
      return tl::unexpected(unavailable("cannot connect to '" + path + "': " + error_text(errno)));
    return Line(std::move(socket));
  }

  base::Result<void> send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return tl::unexpected(failure());
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  /// The next line without its newline.
  base::Result<std::string> receive() {
    for (;;) {
      if (const std::size_t end = in_.find('\n', at_); end != std::string::npos) {
        std::string line = in_.substr(at_, end - at_);
        at_ = end + 1;
        return line;
      }
      in_.erase(0, std::exchange(at_, 0));
      if (in_.size() > kMaxAnswer) return tl::unexpected(unavailable("an answer is too long"));
      std::array<char, 16384> chunk{};
      const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return tl::unexpected(failure());
      if (count == 0) return tl::unexpected(unavailable("closed the connection"));
      in_.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  explicit Line(Descriptor socket) : socket_(std::move(socket)) {}
  static base::Error failure() {
    return unavailable(errno == EAGAIN ? "did not answer in time" : error_text(errno));
  }

  Descriptor socket_;
  std::string in_;
  std::size_t at_ = 0;  ///< where the next line begins in it
};

}  // namespace

ReleaseChannel::ReleaseChannel(std::string path, std::chrono::milliseconds timeout)
    : path_(std::move(path)), timeout_(timeout) {}

ReleaseChannel ReleaseChannel::at(std::string path, std::chrono::milliseconds timeout) {
  return ReleaseChannel(std::move(path), timeout);
}

base::Result<void> ReleaseChannel::held(const std::string& id) const {
  if (!can_be_id(id)) return base::invalid("not a queue id");
  auto line = Line::open(path_, timeout_);
  if (!line) return tl::unexpected(line.error());
  if (auto sent = line->send("held " + id + "\n"); !sent) return sent;
  const auto answer = line->receive();
  if (!answer) return tl::unexpected(answer.error());
  if (*answer == "ok held") return {};
  return tl::unexpected(error_of(*answer));
}

base::Result<std::vector<ReleaseChannel::Answer>> ReleaseChannel::ask_each(
    const char* verb, std::span<const std::string> ids) const {
  std::vector<Answer> answers(ids.size(), Answer::not_told);
  std::vector<std::size_t> asks;
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (can_be_id(ids[i])) asks.push_back(i);
  if (asks.empty()) return answers;
  auto line = Line::open(path_, timeout_);
  if (!line) return tl::unexpected(line.error());
  std::size_t asked = 0;
  for (std::size_t answered = 0; answered < asks.size(); ++answered) {
    if (asked - answered <= kWindow / 2 && asked < asks.size()) {
      std::string requests;
      const std::size_t end = std::min(asks.size(), answered + kWindow);
      for (; asked < end; ++asked) requests += std::string(verb) + " " + ids[asks[asked]] + "\n";
      if (auto sent = line->send(requests); !sent) return tl::unexpected(sent.error());
    }
    const auto answer = line->receive();
    if (!answer) return tl::unexpected(answer.error());
    answers[asks[answered]] = answer_of(*answer);
  }
  return answers;
}

base::Result<std::vector<ReleaseChannel::Answer>> ReleaseChannel::release(
    std::span<const std::string> ids) const {
  return ask_each("release", ids);
}

base::Result<std::vector<ReleaseChannel::Answer>> ReleaseChannel::drop(
    std::span<const std::string> ids) const {
  return ask_each("drop", ids);
}

base::Result<std::vector<ReleaseChannel::Answer>> ReleaseChannel::refuse(
    std::span<const std::string> ids) const {
  return ask_each("refuse", ids);
}

base::Result<std::vector<ReleaseChannel::Told>> ReleaseChannel::list() const {
  auto line = Line::open(path_, timeout_);
  if (!line) return tl::unexpected(line.error());
  if (auto sent = line->send("list\n"); !sent) return tl::unexpected(sent.error());
  std::vector<Told> all;
  for (;;) {
    const auto answer = line->receive();
    if (!answer) return tl::unexpected(answer.error());
    if (answer->starts_with("ok ")) return all;
    auto told = told_of(*answer);
    if (!told) return tl::unexpected(error_of(*answer));
    all.push_back(std::move(*told));
  }
}

}  // namespace signpost::system
