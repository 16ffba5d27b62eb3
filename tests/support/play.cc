// Walks a dialogue step by step and compares what came with what is written.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "base/text.h"
#include "mail/address.h"
#include "mail/file/message_file.h"
#include "tests/support/player.h"
#include "tests/support/workplace.h"

namespace signpost::tests {

namespace {

using base::Result;

constexpr std::chrono::seconds kPatience{10};

std::string option(const Step& step, const std::string& key, const std::string& otherwise = {}) {
  const auto found = step.options.find(key);
  return found == step.options.end() ? otherwise : found->second;
}

/// Carries one dialogue through one player.
class Walk {
 public:
  Walk(Player& player, const std::string& folder) : player_(player), folder_(folder) {}

  std::vector<std::string> run(const Dialogue& dialogue) {
    for (const Step& step : dialogue.steps) {
      if (auto done = carry_out(step); !done) {
        complain(step, done.error().text);
        return complaints_;
      }
    }
    if (open_) end_transaction();
    if (connected_) static_cast<void>(player_.quit());
    wait_for_message_lines();
    if (const std::size_t lines = message_lines(); lines < ended_ || lines > ended_ + unheard_)
      complaints_.push_back("at the end: " + std::to_string(ended_) + " transactions wrote " +
                            std::to_string(lines) + " message lines\n" +
                            base::join(player_.log_lines(), "\n"));
    return complaints_;
  }

 private:
  Result<void> carry_out(const Step& step) {
    if (step.verb == "config") {
      config_ = step.block;
      return {};
    }
    if (step.verb == "style") {
      caller_.sendmail_style = step.words[0] == "sendmail";
      return {};
    }
    if (!started_) {
      started_ = true;
      if (auto up = player_.start(config_); !up) return up;
    }
    if (step.verb == "store") return change_store(step);
    if (step.verb == "control") return control(step);
    if (step.verb == "connect") return connect(step);
    if (step.verb == "mail") return mail(step);
    if (step.verb == "rcpt") {
      heard_ = true;
      return expect(step, player_.rcpt(step.words[0]));
    }
    if (step.verb == "send") return send_file(step);
    if (step.verb == "again") return send_again(step);
    if (step.verb == "edit" || step.verb == "no-edit") return check_edit(step);
    if (step.verb == "log") return check_log(step);
    if (step.verb == "no-log") return check_no_log(step);
    if (step.verb == "tick") return tick(step);
    if (step.verb == "reload") return reload(step);
    return end_connection_or_message(step);
  }

  Result<void> change_store(const Step& step) {
    if (step.words[0] == "broken") return player_.break_store();
    if (step.words[0] != "suppress" || step.words.size() != 3)
      return base::invalid("store suppress ADDRESS REASON");
    std::string command = "suppress add " + step.words[1] + " reason=" + step.words[2];
    for (const auto& [key, value] : step.options) command += " " + key + "=\"" + value + "\"";
    if (!step.options.contains("tenant")) command += " tenant=-";
    auto answer = player_.control(command);
    if (!answer) return tl::unexpected(answer.error());
    if (!answer->front().starts_with("ok")) return base::invalid(command + ": " + answer->front());
    return {};
  }

  Result<void> control(const Step& step) {
    auto answer = player_.control(step.text);
    if (!answer) return tl::unexpected(answer.error());
    const bool told = std::any_of(answer->begin(), answer->end(), [&](const std::string& line) {
      return line.find(step.expected) != std::string::npos;
    });
    if (!told) complain(step, "expected '" + step.expected + "', got:\n" + base::join(*answer, "\n"));
    return {};
  }

  Result<void> connect(const Step& step) {
    caller_.local = !step.words.empty() && step.words[0] == "local";
    caller_.ip = option(step, "client", "192.0.2.7");
    caller_.name = option(step, "name", "client.example");
    caller_.daemon_name = option(step, "daemon");
    connected_ = true;
    return player_.connect(caller_);
  }

  Result<void> mail(const Step& step) {
    if (!connected_) {
      connected_ = true;
      if (auto done = player_.connect(caller_); !done) return done;
    }
    if (open_) {
      if (auto done = player_.abort(); !done) return done;
      end_transaction();
    }
    wait_for_message_lines();
    mark_ = player_.log_lines().size();
    open_ = true;
    heard_ = false;
    std::vector<std::string> parameters;
    if (step.options.contains("size")) parameters.push_back("SIZE=" + option(step, "size"));
    if (step.options.contains("envid")) {
      // "again": as the last message left.
      std::string id = option(step, "envid");
      for (const SeenEdit& edit : edits_)
        if (id == "again" && edit.kind == "change-sender") id = edit.value.substr(edit.value.find('=') + 1);
      parameters.push_back("ENVID=" + id);
    }
    const std::string sender = step.words[0] == "<>" ? std::string{} : step.words[0];
    return player_.mail(sender, parameters, option(step, "auth"));
  }

  Result<void> send_file(const Step& step) {
    std::ifstream file(folder_ + "/" + step.words[0], std::ios::binary);
    if (!file) return base::fail(base::ErrorKind::not_found, "no file " + step.words[0]);
    const std::string raw{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    message_ = mail::parse_message(mail::to_crlf(raw).first);
    return send(step);
  }

  /// As a second filter, or the second of two MTAs, gets it.
  Result<void> send_again(const Step& step) {
    for (const SeenEdit& edit : edits_) {
      auto& fields = message_.fields;
      if (edit.kind == "replace-body") {
        message_.body = edit.value;
      } else if (edit.kind == "insert-header" || edit.kind == "add-header") {
        const auto place = edit.kind == "add-header" ? fields.end() : fields.begin();
        fields.insert(place, mail::Field{edit.name, edit.value});
      } else if (edit.kind == "remove-header") {
        const auto place = std::find_if(fields.rbegin(), fields.rend(), [&](const mail::Field& field) {
          return mail::has_name(field, edit.name);
        });
        if (place != fields.rend()) fields.erase(std::next(place).base());
      } else if (edit.kind == "change-sender") {
        continue;
      } else {
        return base::invalid("a message with " + edit.kind + " cannot be sent again");
      }
    }
    if (!step.words.empty()) change(step.words[0]);
    return send(step);
  }

  void change(const std::string& part) {
    if (part == "body") message_.body += "More.\r\n";
    for (mail::Field& field : message_.fields) {
      if (part == "subject" && mail::has_name(field, "Subject")) field.value += "!";
      if (part == "signature" && mail::has_name(field, "DKIM-Signature")) {
        char& first = field.value[field.value.find("b=", field.value.find("bh=") + 2) + 2];
        first = first == 'A' ? 'B' : 'A';
      }
    }
  }

  Result<void> send(const Step& step) {
    auto sent = player_.send(message_);
    if (!sent) return tl::unexpected(sent.error());
    edits_ = std::move(sent->edits);
    end_transaction();
    return expect(step, std::move(sent->answer));
  }

  Result<void> expect(const Step& step, Result<std::string> answer) {
    if (!answer) return tl::unexpected(answer.error());
    if (!fits(step.expected, *answer))
      complain(step, "expected '" + step.expected + "', got '" + *answer + "'");
    return {};
  }

  bool has_edit(const Step& step) const {
    return std::any_of(edits_.begin(), edits_.end(), [&](const SeenEdit& edit) {
      return edit.kind == step.words[0] &&
             (step.words.size() < 2 || base::equals_ignore_case(edit.name, step.words[1])) &&
             (!step.near || edit.value.find(*step.near) != std::string::npos);
    });
  }

  Result<void> check_edit(const Step& step) {
    if (step.words[0] == "none") {
      if (!edits_.empty()) complain(step, "expected no edit, got " + describe_edits());
    } else if (has_edit(step) != (step.verb == "edit")) {
      complain(step, "edits were " + describe_edits());
    }
    return {};
  }

  std::string describe_edits() const {
    std::string text;
    for (const SeenEdit& edit : edits_) text += "[" + edit.kind + " " + edit.name + " ~ " + edit.value + "] ";
    return text.empty() ? "none" : text;
  }

  static bool line_has(const Step& step, const std::string& line) {
    const auto keys = parse_log_line(line);
    return std::all_of(step.options.begin(), step.options.end(), [&](const auto& wanted) {
      const auto found = keys.find(wanted.first);
      return found != keys.end() && found->second == wanted.second;
    });
  }

  bool is_logged(const Step& step) const {
    const auto lines = player_.log_lines();
    return std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(std::min(mark_, lines.size())),
                       lines.end(), [&](const std::string& line) { return line_has(step, line); });
  }

  Result<void> check_log(const Step& step) {
    wait_until([&] { return is_logged(step); });
    if (!is_logged(step))
      complain(step, "no such line in the log:\n" + base::join(player_.log_lines(), "\n"));
    return {};
  }

  Result<void> check_no_log(const Step& step) {
    wait_for_message_lines();
    if (is_logged(step)) complain(step, "the log has such a line:\n" + base::join(player_.log_lines(), "\n"));
    return {};
  }

  Result<void> tick(const Step& step) {
    auto duration = base::parse_duration(step.words[0]);
    if (!duration) return tl::unexpected(duration.error());
    return player_.tick(*duration);
  }

  Result<void> reload(const Step& step) {
    auto answer = player_.reload(config_);
    if (!answer) return tl::unexpected(answer.error());
    if ((*answer == "ok") != (step.expected == "ok")) complain(step, "reload answered: " + *answer);
    return {};
  }

  Result<void> end_connection_or_message(const Step& step) {
    if (step.verb == "abort") {
      if (open_) end_transaction();
      return player_.abort();
    }
    // libmilter may drop what it has not read when the peer is gone: then the filter never
    // heard of the message.
    if (open_ && !heard_) {
      open_ = false;
      ++unheard_;
    }
    if (open_) end_transaction();
    connected_ = false;
    return step.verb == "quit" ? player_.quit() : player_.cut();
  }

  void end_transaction() {
    open_ = false;
    ++ended_;
  }

  std::size_t message_lines() const {
    const auto lines = player_.log_lines();
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
      const auto keys = parse_log_line(line);
      return keys.contains("rcpts") && keys.at("stage") == "message";
    }));
  }

  void wait_for_message_lines() {
    wait_until([&] { return message_lines() >= ended_; });
  }

  void wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition() && player_.may_still_log() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }

  void complain(const Step& step, const std::string& what) {
    complaints_.push_back("line " + std::to_string(step.line) + ": " + step.verb + ": " + what);
  }

  Player& player_;
  std::string folder_;
  std::string config_ = default_config();
  Caller caller_;
  bool started_ = false;
  bool connected_ = false;
  bool open_ = false;            ///< a transaction is
  bool heard_ = false;           ///< the filter has answered in it
  std::size_t ended_ = 0;        ///< transactions that must have a message line
  std::size_t unheard_ = 0;      ///< transactions that may have one
  std::size_t mark_ = 0;         ///< log lines before the last `mail`
  mail::Message message_;        ///< the last one sent
  std::vector<SeenEdit> edits_;  ///< what became of it
  std::vector<std::string> complaints_;
};

}  // namespace

std::vector<std::string> play(const Dialogue& dialogue, Player& player, const std::string& folder) {
  return Walk(player, folder).run(dialogue);
}

}  // namespace signpost::tests
