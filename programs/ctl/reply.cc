#include "programs/ctl/reply.h"

#include <algorithm>
#include <array>

#include "daemon/commands/line.h"
#include "daemon/control/json_writer.h"
#include "system/exit_codes.h"

namespace signpost::programs {
namespace {

using daemon::commands::Body;

constexpr int kExitAlarm = 1;
constexpr std::array<Alarm, 4> kAlarms = {{{"suppress check", "result", "listed"},
                                           {"suppress import", "bad", "0"},
                                           {"dkim check", "wrong", "0"},
                                           {"status", "state", "ok"}}};

constexpr std::string_view kEnd = "end ";
constexpr std::string_view kError = "error ";

}  // namespace

int exit_code_of(std::string_view kind) {
  if (kind == "usage") return system::kExitUsage;
  if (kind == "denied") return system::kExitNoPermission;
  if (kind == "unavailable" || kind == "limit") return system::kExitTemporary;
  if (kind == "internal") return system::kExitSoftware;
  return system::kExitDataError;
}

const Alarm* find_alarm(std::string_view command) {
  const auto found = std::find_if(kAlarms.begin(), kAlarms.end(),
                                  [command](const Alarm& alarm) { return alarm.command == command; });
  return found == kAlarms.end() ? nullptr : &*found;
}

void ReplyPrinter::take(std::string_view line) {
  if (form_.json) {
    take_json(line);
  } else {
    take_text(line);
  }
}

void ReplyPrinter::take_text(std::string_view line) {
  const bool is_head = !std::exchange(has_head_, true);
  if (is_head || (line.starts_with(kError) && form_.body != Body::text)) {
    const auto status = daemon::control::parse_status_line(line);
    if (!status) {
      broken_ = status.error();
    } else if (!status->ok) {
      code_ = exit_code_of(status->kind);
      (void)std::fprintf(err_, "signpostctl: %s: %s\n", status->kind.c_str(), status->text.c_str());
    } else {
      watch_text(status->text);
      if (form_.body != Body::text) print(line);
    }
    return;
  }
  if (form_.body == Body::text && line.starts_with(kEnd)) return;
  if (form_.body == Body::fields) watch_text(line);
  print(line);
}

void ReplyPrinter::take_json(std::string_view line) {
  // Who is turned away, or sends too long a line, is told so before the form is known.
  if (!has_head_ && line.starts_with(kError)) return take_text(line);
  has_head_ = true;
  const auto status = daemon::control::parse_json_status(line);
  if (!status) {
    broken_ = status.error();
    return;
  }
  if (*status && !(*status)->ok) code_ = exit_code_of((*status)->kind);
  if (*status && (*status)->ok && form_.alarm != nullptr) {
    if (const auto value = daemon::control::find_json_text(line, form_.alarm->key)) watch_value(*value);
  }
  print(line);
}

void ReplyPrinter::watch_text(std::string_view line) {
  if (form_.alarm == nullptr) return;
  const auto words = daemon::commands::parse_command_line(line);
  if (!words) return;
  for (const daemon::commands::Word& word : *words) {
    if ((word.key.empty() ? "result" : word.key) == form_.alarm->key) watch_value(word.value);
  }
}

void ReplyPrinter::watch_value(std::string_view value) {
  if (value != form_.alarm->good) code_ = kExitAlarm;
}

void ReplyPrinter::print(std::string_view line) {
  (void)std::fwrite(line.data(), 1, line.size(), out_);
  (void)std::fputc('\n', out_);
}

base::Result<int> ReplyPrinter::finish() {
  if (broken_) return tl::unexpected(*broken_);
  // In JSON a list without entries is only its end.
  if (!has_head_ && !form_.json) return base::invalid("signpostd sent an empty reply");
  return code_;
}

}  // namespace signpost::programs
