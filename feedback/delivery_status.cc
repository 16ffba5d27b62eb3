// One pass over the lines; a field is put where it belongs when its last continuation line is seen.
#include "feedback/delivery_status.h"

#include <utility>

#include "base/text.h"
#include "feedback/addresses.h"
#include "feedback/rules.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kMaxDiagnostic = 2048;

Action action_of(std::string_view value) {
  // "failed (expanded)" and the like: the first word.
  value = base::trim(value);
  std::size_t end = 0;
  while (end < value.size() && base::is_alpha(value[end])) ++end;
  const std::string word = base::lower(value.substr(0, end));
  if (word == "failed" || word == "failure") return Action::failed;
  if (word == "delayed") return Action::delayed;
  if (word == "delivered" || word == "deliverable") return Action::delivered;
  if (word == "relayed") return Action::relayed;
  if (word == "expanded") return Action::expanded;
  return Action::unknown;
}

class Reader {
 public:
  explicit Reader(DeliveryStatus& into) : into_(into) {}

  void take_line(std::string_view line) {
    if (base::trim(line).empty()) {
      put_field();
      after_blank_ = true;
      return;
    }
    const std::size_t colon = line.find(':');
    const bool is_field = colon != std::string_view::npos && colon > 0 && is_known(line.substr(0, colon));
    if (is_field) {
      put_field();
      name_ = base::lower(line.substr(0, colon));
      value_ = base::trim(line.substr(colon + 1));
    } else if (!name_.empty() && value_.size() < kMaxDiagnostic && !looks_like_field(line)) {
      value_ += ' ';
      value_ += base::trim(line);
    } else {
      put_field();
    }
  }

  void finish() {
    put_field();
    put_row();
  }

 private:
  static bool is_known(std::string_view name) {
    for (const std::string_view known :
         {"reporting-mta", "final-recipient", "original-recipient", "x-actual-recipient", "action", "status",
          "remote-mta", "diagnostic-code", "x-supplementary-info"})
      if (base::equals_ignore_case(name, known)) return true;
    return false;
  }

  /// Another field: no blank before its colon. A diagnostic's "550 5.1.1 <a@b>: User unknown" is none.
  static bool looks_like_field(std::string_view line) {
    std::size_t at = 0;
    while (at < line.size() && (base::is_alnum(line[at]) || line[at] == '-')) ++at;
    return at > 0 && at < line.size() && line[at] == ':' && line.substr(0, at).find('-') != line.npos;
  }

  void put_field() {
    if (name_.empty()) return;
    const std::string name = std::exchange(name_, {});
    const std::string value = std::exchange(value_, {});
    if (name == "reporting-mta") {
      if (into_.reporting_mta.empty()) into_.reporting_mta = without_type(value);
      return;
    }
    if (is_new_row(name)) put_row();
    after_blank_ = false;
    started_ = true;
    put_value(name, value);
  }

  bool is_new_row(std::string_view name) const {
    if (!started_) return false;
    if (name == "final-recipient") return has_final_ || (after_blank_ && !row_.address.empty());
    if (name == "action") return row_.action != Action::unknown;
    if (name == "original-recipient") return has_original_ || (after_blank_ && has_final_);
    if (name == "status") return after_blank_ && has_final_ && !row_.status.empty();
    return false;
  }

  void put_value(std::string_view name, const std::string& value) {
    const std::string_view bare = without_type(value);
    if (name == "final-recipient") {
      has_final_ = true;
      final_ = clean_address(bare);
      if (row_.address.empty() || !has_original_) row_.address = clean_address(bare);
    } else if (name == "original-recipient") {
      has_original_ = true;
      // What we sent to: Final-Recipient may be what somebody's alias points to (RFC 3464 §2.3.1).
      const std::string original = clean_address(bare);
      if (!original.empty()) row_.address = original;
    } else if (name == "x-actual-recipient") {
      if (row_.address.empty()) row_.address = clean_address(bare);
    } else if (name == "action") {
      row_.action = action_of(value);
    } else if (name == "status") {
      put_status(value);
    } else if (name == "remote-mta") {
      row_.remote_mta = bare;
    } else if (row_.diagnostic.empty()) {
      row_.diagnostic =
          std::string(name == "diagnostic-code" ? bare : std::string_view(value)).substr(0, kMaxDiagnostic);
    }
  }

  /// "5.1.10 (host does not accept mail)": the comment counts as words if there are no others.
  void put_status(std::string_view value) {
    row_.status = find_enhanced_code(value);
    const std::size_t open = value.find('(');
    if (open != std::string_view::npos) comment_ = std::string(value.substr(open).substr(0, kMaxDiagnostic));
  }

  void put_row() {
    if (row_.diagnostic.empty()) row_.diagnostic = comment_;
    if (has_final_ || has_original_ || !row_.address.empty()) {
      row_.is_named = !row_.address.empty();
      row_.went_on = row_.is_named && !final_.empty() && !base::equals_ignore_case(final_, row_.address);
      if (into_.rows.size() < kMaxRows) {
        into_.rows.push_back(std::move(row_));
      } else {
        ++into_.rows_left_out;
      }
    }
    row_ = Row();
    comment_.clear();
    final_.clear();
    has_final_ = has_original_ = started_ = after_blank_ = false;
  }

  DeliveryStatus& into_;
  Row row_;
  std::string name_;
  std::string value_;
  std::string comment_;
  std::string final_;
  bool has_final_ = false;
  bool has_original_ = false;
  bool started_ = false;
  bool after_blank_ = false;
};

}  // namespace

std::string_view without_type(std::string_view value) {
  const std::size_t semicolon = value.find(';');
  if (semicolon == std::string_view::npos) return base::trim(value);
  const std::string_view type = base::trim(value.substr(0, semicolon));
  for (const char c : type)
    if (!base::is_alnum(c) && c != '-' && c != '_') return base::trim(value);
  return base::trim(value.substr(semicolon + 1));
}

DeliveryStatus parse_delivery_status(std::string_view text) {
  DeliveryStatus status;
  Reader reader(status);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.take_line(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  reader.finish();
  return status;
}

}  // namespace signpost::feedback
