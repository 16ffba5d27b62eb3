// What a command answers, as data; daemon/control writes it as text or as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "daemon/commands/fields.h"

namespace signpost::daemon::commands {

/// Why a command was refused or failed: a KIND of the protocol and a text.
struct Refusal {
  std::string_view kind;  ///< a literal
  std::string text;
  bool operator==(const Refusal&) const = default;
};
Refusal refusal_of(const base::Error& error);

/// What the lines of a reply are.
enum class Body {
  fields,  ///< together they describe one thing
  list,    ///< each describes one thing; their number is not bounded
  text,    ///< for people or for other programs; their number is not bounded
};

/// One or more values with the same key, such as the problems of `status`.
struct Repeated {
  std::string key;
  std::vector<std::string> values;
  bool operator==(const Repeated&) const = default;
};
/// A line of Body::text.
struct TextLine {
  std::string text;
  bool operator==(const TextLine&) const = default;
};
using ReplyLine = std::variant<Fields, Repeated, TextLine>;

class ReplySink;

/// A handler fills it. With a sink, a body whose length is not bounded is handed over in pieces, so that memory stays
/// bounded; without one, everything is kept.
class Reply {
 public:
  explicit Reply(Body body) : body_(body) {}
  Reply(Body body, ReplySink& sink) : body_(body), sink_(&sink) {}

  // ---- for handlers

  /// The command succeeded. Must be called before any line.
  void ok(std::string_view word = {}, Fields fields = {});
  /// The command was refused; after `ok` it means that the list is incomplete.
  void error(std::string_view kind, std::string_view text);
  void error(const base::Error& error);
  void line(Fields fields) { add(std::move(fields)); }
  void each(std::string_view key, std::vector<std::string> values) {
    add(Repeated{std::string(key), std::move(values)});
  }
  void raw(std::string_view text) { add(TextLine{std::string(text)}); }
  /// The list is complete: how many there were and, if more would follow, where to go on.
  void end(std::uint64_t count, std::string_view next = {});
  /// False once the peer is gone: a long list may stop.
  bool alive() const { return alive_; }
  /// Hands over what is left; once, when the handler is done. False if the peer is gone.
  bool finish();

  // ---- for sinks and tests

  Body body() const { return body_; }
  bool is_ok() const { return is_ok_; }
  const std::string& word() const { return word_; }
  const Fields& fields() const { return fields_; }
  const std::optional<Refusal>& refusal() const { return refusal_; }
  /// Those that were not handed over yet.
  const std::vector<ReplyLine>& lines() const { return lines_; }
  const std::optional<std::uint64_t>& count() const { return count_; }
  const std::string& next() const { return next_; }

 private:
  void add(ReplyLine line);

  Body body_;
  ReplySink* sink_ = nullptr;
  bool is_ok_ = false;
  bool alive_ = true;
  std::string word_;
  Fields fields_;
  std::optional<Refusal> refusal_;
  std::vector<ReplyLine> lines_;
  std::optional<std::uint64_t> count_;
  std::string next_;
};

/// Where a reply goes.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  /// Takes the lines that were added since the last call; the first call also the status, the last one also the end.
  /// False if the peer is gone.
  virtual bool take(const Reply& reply, bool is_last) = 0;
};

}  // namespace signpost::daemon::commands
