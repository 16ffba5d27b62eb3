#include "programs/signpostctl_reply.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "daemon/commands/line.h"
#include "system/exit_codes.h"

namespace signpost::programs {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kEnd = "end ";
constexpr std::string_view kError = "error ";

/// Adds a line's pairs to an object. A key that comes again makes a list of its values; a bare
/// word is the `result`.
void add_pairs(Json& object, std::string_view line) {
  const auto words = daemon::commands::parse_command_line(line);
  if (!words) return;
  for (const daemon::commands::Word& word : *words) {
    Json& place = object[word.key.empty() ? "result" : word.key];
    if (place.is_null()) {
      place = word.value;
    } else if (place.is_array()) {
      place.push_back(word.value);
    } else {
      place = Json::array({place, word.value});
    }
  }
}

std::string format_json(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

int exit_code_of(std::string_view kind) {
  if (kind == "usage") return system::kExitUsage;
  if (kind == "denied") return system::kExitNoPermission;
  if (kind == "unavailable" || kind == "limit") return system::kExitTemporary;
  if (kind == "internal") return system::kExitSoftware;
  return system::kExitDataError;
}

void ReplyPrinter::take(std::string_view line) {
  if (!status_) {
    take_status(line);
  } else {
    take_body(line);
  }
}

void ReplyPrinter::take_status(std::string_view line) {
  status_ = daemon::control::parse_status_line(line);
  if (!*status_) return;
  if (!(*status_)->ok) return complain(**status_);
  if (!form_.json && !form_.raw_body) print(line);
}

void ReplyPrinter::take_body(std::string_view line) {
  if (line.starts_with(kEnd)) {
    end_line_ = line.substr(kEnd.size());
    if (!form_.json && !form_.raw_body) print(line);
  } else if (line.starts_with(kError) && !form_.raw_body) {
    status_ = daemon::control::parse_status_line(line);
    complain(**status_);
  } else if (!form_.json) {
    print(line);
  } else if (form_.raw_body) {
    print(format_json(Json{{"line", std::string(line)}}));
  } else {
    kept_.emplace_back(line);
  }
}

void ReplyPrinter::complain(const daemon::control::ReplyStatus& status) {
  if (form_.json) {
    print(format_json(Json{{"ok", false}, {"kind", status.kind}, {"text", status.text}}));
  } else {
    (void)std::fprintf(err_, "signpostctl: %s: %s\n", status.kind.c_str(), status.text.c_str());
  }
}

/// A list is an object a line, after one for what its status line says; anything else is one object.
void ReplyPrinter::print_objects() {
  const bool is_list = !end_line_.empty() || !(*status_)->ok;
  Json whole = {{"ok", true}};
  if ((*status_)->ok) add_pairs(whole, (*status_)->text);
  if (is_list && whole.size() > 1) print(format_json(whole));
  for (const std::string& line : kept_) {
    Json entry;
    add_pairs(is_list ? entry : whole, line);
    if (is_list) print(format_json(entry));
  }
  if (!is_list) print(format_json(whole));
  Json end;
  add_pairs(end, end_line_);
  if (end.contains("next")) print(format_json(Json{{"next", end["next"]}}));
}

void ReplyPrinter::print(std::string_view line) {
  (void)std::fwrite(line.data(), 1, line.size(), out_);
  (void)std::fputc('\n', out_);
}

base::Result<daemon::control::ReplyStatus> ReplyPrinter::finish() {
  if (!status_) return base::invalid("the reply is empty");
  if (*status_ && form_.json && !form_.raw_body) print_objects();
  return *status_;
}

}  // namespace signpost::programs
