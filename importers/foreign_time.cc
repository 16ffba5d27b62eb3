#include "daemon/commands/import_formats.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace signpost::daemon::commands {
namespace {

using enum EntryColumn;
using policy::Reason;

/// Small letters and digits of a header or word.
std::string squeeze(std::string_view text) {
  std::string squeezed;
  for (const char c : base::lower(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) squeezed += c;
  }
  return squeezed;
}

/// Narrower formats before those whose columns they share.
const std::vector<ImportFormat>& formats() {
  static const std::vector<ImportFormat> kFormats = {
      {"Amazon SES",
       {{"emailaddress", address},
        {"reason", foreign_reason},
        {"suppressionreason", foreign_reason},
        {"lastupdatetime", created},
        {"lastupdate", created},
        {"dateadded", created}},
       {"emailaddress", "reason"},
       {{"bounce", Reason::hard_bounce}, {"complaint", Reason::complaint}},
       {}},
      {"Postmark",
       {{"emailaddress", address},
        {"suppressionreason", foreign_reason},
        {"origin", ignored},
        {"createdat", created}},
       {"emailaddress", "suppressionreason"},
       {{"hardbounce", Reason::hard_bounce},
        {"spamcomplaint", Reason::complaint},
        {"manualsuppression", Reason::manual}},
       {}},
      // Limitation: SendGrid's blocks have the columns of its bounces; give their import a reason.
      {"SendGrid bounces",
       {{"status", ignored}, {"reason", note}, {"email", address}, {"created", created}},
       {"email", "created", "reason"},
       {},
       Reason::hard_bounce},
      {"SendGrid spam reports",
       {{"ip", ignored}, {"email", address}, {"created", created}},
       {"email", "created", "ip"},
       {},
       Reason::complaint},
      {"SendGrid unsubscribes",
       {{"email", address}, {"created", created}},
       {"email", "created"},
       {},
       Reason::unsubscribe},
      {"Mailgun bounces",
       {{"address", address}, {"code", ignored}, {"error", note}, {"createdat", created}},
       {"address", "code", "createdat"},
       {},
       Reason::hard_bounce},
      {"Mailgun unsubscribes",
       {{"address", address}, {"tags", ignored}, {"tag", ignored}, {"createdat", created}},
       {"address", "tags", "createdat"},
       {},
       Reason::unsubscribe},
      {"Mailgun complaints",
       {{"address", address}, {"createdat", created}},
       {"address", "createdat"},
       {},
       Reason::complaint},
      {"SparkPost",
       {{"recipient", address},
        {"source", foreign_reason},
        {"description", note},
        {"created", created},
        {"updated", ignored},
        {"type", ignored},
        {"transactional", ignored},
        {"nontransactional", ignored},
        {"subaccountid", ignored},
        {"listid", ignored}},
       {"recipient"},
       {{"spamcomplaint", Reason::complaint},
        {"listunsubscribe", Reason::unsubscribe},
        {"unsubscribelink", Reason::unsubscribe},
        {"bouncerule", Reason::hard_bounce},
        {"manuallyadded", Reason::manual},
        {"compliance", Reason::manual}},
       {}},
      {"Postal",
       {{"id", ignored},
        {"type", ignored},
        {"address", address},
        {"reason", foreign_reason},
        {"timestamp", created},
        {"keepuntil", expires}},
       {"address", "type", "reason"},
       {{"toomanysoftfails", Reason::soft_bounce}, {"toomanyhardfails", Reason::hard_bounce}},
       {}},
  };
  return kFormats;
}

bool fits(const ImportFormat& format, const std::vector<std::string>& headers) {
  const auto is_there = [&](std::string_view wanted) {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const auto& header) { return squeeze(header) == wanted; });
  };
  const auto is_known = [&](const std::string& header) {
    return std::any_of(format.columns.begin(), format.columns.end(),
                       [&](const auto& column) { return column.first == squeeze(header); });
  };
  return std::all_of(format.needed.begin(), format.needed.end(), is_there) &&
         std::all_of(headers.begin(), headers.end(), is_known);
}

std::optional<std::int64_t> parse_digits(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text[0] == '-' || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return number;
}

/// "+02:00", "-0500", "Z", "UTC" or "GMT"; nothing is UTC.
std::optional<std::chrono::minutes> parse_zone(std::string_view zone) {
  zone = base::trim(zone);
  if (zone.empty() || zone == "Z" || zone == "UTC" || zone == "GMT") return std::chrono::minutes{0};
  const bool has_colon = zone.size() == 6 && zone[3] == ':';
  if ((zone[0] != '+' && zone[0] != '-') || (zone.size() != 5 && !has_colon)) return std::nullopt;
  const auto hours = parse_digits(zone.substr(1, 2));
  const auto minutes = parse_digits(zone.substr(has_colon ? 4 : 3));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return zone[0] == '-' ? -offset : offset;
}

/// "Thu, 13 Oct 2011 18:02:00 +0200" (RFC 5322 §3.3) as "2011-10-13T18:02:00" and the zone.
std::optional<std::pair<std::string, std::string>> split_mail_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  if (const std::size_t comma = text.find(','); comma != std::string_view::npos)
    text = base::trim(text.substr(comma + 1));
  const auto words = base::split(text, ' ');
  if (words.size() < 4 || words.size() > 5 || words[2].size() != 4 || words[0].empty() || words[0].size() > 2)
    return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), base::lower(words[1]));
  if (month == kMonths.end()) return std::nullopt;
  const std::string number = std::to_string(month - kMonths.begin() + 1);
  const auto two = [](std::string_view digits) { return std::string(2 - digits.size(), '0').append(digits); };
  std::string date(words[2]);
  date.append("-").append(two(number)).append("-").append(two(words[0])).append("T").append(words[3]);
  return std::pair{date, words.size() == 5 ? std::string(words[4]) : std::string()};
}

/// "2011-10-13 18:02:00.5+02:00" as "2011-10-13T18:02:00.5" and the zone.
std::pair<std::string, std::string> split_iso_time(std::string_view text) {
  constexpr std::size_t kDate = 10;
  if (text.size() <= kDate) return {std::string(text), {}};
  const std::size_t end = std::min(text.find_first_not_of("0123456789:.", kDate + 1), text.size());
  std::string time(text.substr(0, end));
  if (time[kDate] == ' ') time[kDate] = 'T';
  return {time, std::string(text.substr(end))};
}

}  // namespace

const ImportFormat* find_import_format(const std::vector<std::string>& headers) {
  const auto found = std::find_if(formats().begin(), formats().end(),
                                  [&](const ImportFormat& format) { return fits(format, headers); });
  return found == formats().end() ? nullptr : &*found;
}

EntryColumn column_of(const ImportFormat& format, std::string_view header) {
  const std::string wanted = squeeze(header);
  const auto found = std::find_if(format.columns.begin(), format.columns.end(),
                                  [&](const auto& column) { return column.first == wanted; });
  return found == format.columns.end() ? ignored : found->second;
}

base::Result<policy::Reason> parse_foreign_reason(const ImportFormat& format, std::string_view word) {
  const std::string wanted = squeeze(word);
  for (const auto& [spelling, reason] : format.reasons) {
    if (spelling == wanted) return reason;
  }
  return base::invalid("'" + std::string(word.substr(0, 80)) + "' is not a reason of " +
                       std::string(format.name) + " that is known here");
}

base::Result<base::Wall> parse_foreign_time(std::string_view text) {
  // Seconds since 1970; a fraction is dropped.
  if (const auto seconds = parse_digits(text.substr(0, text.find('.')));
      seconds && *seconds < 253'402'300'800)
    return base::Wall(std::chrono::seconds(*seconds));
  const auto mail_date = split_mail_date(text);
  const auto [time, zone] = mail_date ? *mail_date : split_iso_time(text);
  const auto offset = parse_zone(zone);
  const bool is_date = time.find('T') == std::string::npos;
  const auto parsed = base::parse_time(is_date ? time : time + "Z");
  if (!offset || !parsed) return base::invalid("bad time '" + std::string(text.substr(0, 40)) + "'");
  return *parsed - *offset;
}

}  // namespace signpost::daemon::commands
