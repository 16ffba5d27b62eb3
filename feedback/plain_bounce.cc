#include "feedback/plain_bounce.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/text.h"
#include "feedback/addresses.h"
#include "feedback/rules.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kMaxWords = 4096;

/// "550 5.1.1 ", "* ", "- ", "Recipient: ", "To: " before an address.
std::string_view without_lead(std::string_view line) {
  line = base::trim(line);
  for (int step = 0; step < 3; ++step) {
    const std::size_t before = line.size();
    if (line.size() > 4 && find_reply_code(line.substr(0, 4)).size() == 3 && line[3] == ' ')
      line = base::trim(line.substr(4));
    const std::size_t blank = line.find(' ');
    if (blank != std::string_view::npos && find_enhanced_code(line.substr(0, blank)).size() == blank)
      line = base::trim(line.substr(blank));
    for (const std::string_view lead :
         {"* ", "- ", "+ ", "recipient:", "to:", "address:", "user:", "recipient address:",
          "failed recipient:", "original address:", "rcpt:", "rcpt to:"})
      if (base::starts_with_ignore_case(line, lead)) line = base::trim(line.substr(lead.size()));
    if (line.size() == before) break;
  }
  return line;
}

/// The address that the line is about; empty if it is about none.
std::string recipient_of(std::string_view line) {
  line = without_lead(line);
  if (line.size() < 3 || line.find('@') == std::string_view::npos) return {};
  const auto found = find_address(line.substr(0, 600));
  if (!found || found->begin > 8) return {};
  const std::string_view lead = line.substr(0, found->begin);
  if (lead.find_first_not_of("<\"'([ mailto:") != std::string_view::npos) return {};
  std::string_view rest = line.substr(found->end);
  while (!rest.empty() && std::string_view(">\"')]").find(rest.front()) != std::string_view::npos)
    rest.remove_prefix(1);
  const bool ends = rest.empty() || rest.front() == ':' || rest.starts_with("...") || rest.front() == ',' ||
                    rest.starts_with(" (") || rest.starts_with(" on ") || rest.starts_with(" -") ||
                    rest.front() == ';' || rest.front() == '\t' ||
                    (rest.front() == ' ' && lead.ends_with('<'));
  return ends ? clean_address(found->of(line)) : std::string();
}

bool is_service(std::string_view address) {
  const std::string local = base::lower(address.substr(0, address.rfind('@')));
  for (const std::string_view name :
       {"postmaster", "mailer-daemon", "abuse", "support", "helpdesk", "hostmaster", "admin"})
    if (local == name) return true;
  return false;
}

void append(std::string& words, std::string_view line) {
  if (words.size() + line.size() + 1 > kMaxWords) return;
  words += line;
  words += '\n';
}

std::string first_address(std::string_view words, std::string_view sender) {
  std::size_t at = 0;
  for (int tries = 0; tries < 50; ++tries) {
    const auto found = find_address(words, at);
    if (!found) break;
    std::string address = clean_address(found->of(words));
    at = found->end;
    if (!address.empty() && !is_service(address) && !base::equals_ignore_case(address, sender))
      return address;
  }
  return {};
}

std::string_view json_string(std::string_view object, std::string_view key) {
  const std::string quoted = "\"" + std::string(key) + "\"";
  std::size_t at = object.find(quoted);
  if (at == std::string_view::npos) return {};
  at = object.find('"', at + quoted.size());
  if (at == std::string_view::npos) return {};
  std::size_t end = at + 1;
  while (end < object.size() && object[end] != '"') end += object[end] == '\\' ? 2 : 1;
  return end < object.size() ? object.substr(at + 1, end - at - 1) : std::string_view();
}

}  // namespace

std::vector<Row> find_recipients(std::string_view words, std::string_view sender) {
  std::vector<Row> rows;
  std::unordered_map<std::string, std::size_t> known;
  std::size_t current = std::string::npos;
  std::string_view rest = words;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    const std::string address = recipient_of(line);
    if (!address.empty() && !is_service(address) && !base::equals_ignore_case(address, sender)) {
      const auto [place, is_new] = known.emplace(base::lower(address), rows.size());
      if (is_new && rows.size() < kMaxRows) rows.push_back(Row{.address = address, .is_named = true});
      current = place->second < rows.size() ? place->second : std::string::npos;
    }
    if (current != std::string::npos) append(rows[current].words, line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!rows.empty()) return rows;
  if (std::string address = first_address(words, sender); !address.empty())
    rows.push_back(Row{.address = std::move(address), .words = std::string(words.substr(0, kMaxWords))});
  return rows;
}

void add_words(std::vector<Row>& rows, std::string_view words, std::string_view sender) {
  if (rows.size() == 1) {
    std::vector<Row> found = find_recipients(words, sender);
    rows[0].words = found.size() == 1 ? std::move(found[0].words) : std::string(words.substr(0, kMaxWords));
    return;
  }
  std::unordered_map<std::string, std::string> by_address;
  for (Row& row : find_recipients(words, sender))
    by_address.emplace(base::lower(row.address), std::move(row.words));
  for (Row& row : rows)
    if (const auto found = by_address.find(base::lower(row.address)); found != by_address.end())
      row.words = found->second;
}

std::vector<Row> find_notification_rows(std::string_view words) {
  std::vector<Row> rows;
  std::size_t at = words.find("\"bouncedRecipients\"");
  if (at == std::string_view::npos) at = words.find("\"complainedRecipients\"");
  if (at == std::string_view::npos || words.find('{') == std::string_view::npos) return rows;
  const std::size_t list_end = std::min(words.find(']', at), words.size());
  const std::string_view bounce_type = json_string(words, "bounceType");
  while (rows.size() < kMaxRows) {
    const std::size_t open = words.find('{', at);
    const std::size_t close = open < list_end ? words.find('}', open) : std::string_view::npos;
    if (close == std::string_view::npos) return rows;
    const std::string_view object = words.substr(open, close - open);
    Row row{.address = clean_address(json_string(object, "emailAddress"))};
    row.is_named = !row.address.empty();
    row.status = find_enhanced_code(json_string(object, "status"));
    row.diagnostic = json_string(object, "diagnosticCode").substr(0, 2048);
    row.action = bounce_type.empty() ? Action::unknown : Action::failed;
    rows.push_back(std::move(row));
    at = close + 1;
  }
  return rows;
}

}  // namespace signpost::feedback
