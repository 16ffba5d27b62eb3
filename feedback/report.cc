// Puts the pieces together: what kind it is, and who it is about.
#include "feedback/report.h"

#include <utility>

#include "base/text.h"
#include "feedback/addresses.h"
#include "feedback/delivery_status.h"
#include "feedback/plain_bounce.h"
#include "feedback/readable.h"
#include "feedback/recognize.h"
#include "feedback/rules.h"
#include "mail/field/author.h"

namespace signpost::feedback {
namespace {

std::string address_in(const std::vector<mail::Field>& fields, std::string_view name) {
  const mail::Field* field = mail::find_field(fields, name);
  return field == nullptr ? std::string() : clean_address(field->value);
}

/// The value of a field in a text of fields; empty if there is none.
std::string_view value_in(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (base::starts_with_ignore_case(line, name) && line.substr(name.size()).starts_with(':'))
      return base::trim(line.substr(name.size() + 1));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return {};
}

/// The one recipient in the returned header; empty if there are several, or if the provider hid it.
std::string only_recipient(const std::vector<mail::Field>& returned) {
  const mail::Field* to = mail::find_field(returned, "To");
  if (to == nullptr || mail::find_field(returned, "Cc") != nullptr) return {};
  const auto list = mail::parse_address_list(std::string_view(to->value).substr(0, 4000));
  return list && list->size() == 1 ? clean_address(mail::format_address(list->front())) : std::string();
}

/// RFC 5965 §3, and what providers put elsewhere.
void read_complaint(const Pieces& pieces, Report& report) {
  report.kind = Kind::complaint;
  report.feedback_type = base::lower(value_in(pieces.feedback_report, "Feedback-Type")).substr(0, 64);
  if (report.feedback_type.empty()) report.feedback_type = "abuse";
  report.reporting_mta = std::string(without_type(value_in(pieces.feedback_report, "Reporting-MTA")));
  // All Original-Rcpt-To and Removal-Recipient fields: there may be several (RFC 5965 §3.2).
  std::string_view text = pieces.feedback_report;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    for (const std::string_view name : {"original-rcpt-to:", "removal-recipient:"}) {
      if (!base::starts_with_ignore_case(line, name)) continue;
      std::string address = clean_address(line.substr(name.size()));
      if (address.empty() || (!report.rows.empty() && report.rows.back().address == address)) continue;
      if (report.rows.size() < kMaxRows) {
        report.rows.push_back(Row{.address = std::move(address), .is_named = true});
      } else {
        ++report.rows_left_out;
      }
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (!report.rows.empty()) return;
  Row row{.address = address_in(pieces.returned, "X-HmXmrOriginalRecipient")};
  row.is_named = !row.address.empty();
  if (row.address.empty()) row.address = address_in(pieces.fields, "X-HmXmrOriginalRecipient");
  if (row.address.empty()) row.address = only_recipient(pieces.returned);
  report.rows.push_back(std::move(row));
}

/// The refusals of a dialogue that Postfix shows its postmaster: the lines "Out: 4xx" and "Out: 5xx". Empty for other texts.
std::string refusals_in(std::string_view words) {
  std::string kept;
  if (words.find("\n Out: 220 ") == std::string_view::npos) return kept;
  for (const std::string_view line : base::split(words, '\n'))
    if (line.starts_with(" Out: 4") || line.starts_with(" Out: 5"))
      kept += std::string(line.substr(6)) + '\n';
  return kept.empty() ? "no refusal" : kept;
}

/// The rows of a report in words: by the header that Exim and Gmail write, by the words, by the returned header.
void read_words(const Pieces& pieces, std::string_view sender, Report& report) {
  report.rows = find_notification_rows(pieces.words);
  if (!report.rows.empty()) return;
  // It is about mail that came in, not about ours: nobody is named.
  if (std::string refusals = refusals_in(pieces.words); !refusals.empty()) {
    report.rows.push_back(Row{.words = std::move(refusals)});
    return;
  }
  report.rows = find_recipients(pieces.words, sender);
  const mail::Field* failed = mail::find_field(pieces.fields, "X-Failed-Recipients");
  if (failed != nullptr && (report.rows.empty() || !report.rows.front().is_named)) {
    report.rows.clear();
    const std::string list = mail::unfold(std::string_view(failed->value).substr(0, std::size_t{64} * 1024));
    for (const std::string_view piece : base::split(list, ',')) {
      std::string address = clean_address(piece);
      if (address.empty() || report.rows.size() >= kMaxRows) continue;
      report.rows.push_back(
          Row{.address = std::move(address), .is_named = true, .words = pieces.words.substr(0, 4096)});
    }
  }
  if (report.rows.empty())
    report.rows.push_back(
        Row{.address = only_recipient(pieces.returned), .words = pieces.words.substr(0, 4096)});
}

/// A reply as somebody copied it from a log: a few lines, and not a message, since no field is one of a message.
bool is_bare_reply(std::string_view raw, const std::vector<mail::Field>& fields) {
  constexpr std::size_t kMaxReply = 2048;
  if (raw.size() > kMaxReply || base::trim(raw).empty()) return false;
  for (const std::string_view line : base::split(raw, '\n'))
    for (const std::string_view name : {"From:", "Subject:", "Received:"})
      if (base::starts_with_ignore_case(base::trim(line), name)) return false;
  for (const std::string_view name : {"From", "To", "Subject", "Date", "Received", "Message-ID",
                                      "Return-Path", "Content-Type", "MIME-Version", "Sender", "Reply-To"})
    if (mail::find_field(fields, name) != nullptr) return false;
  return !find_reply_code(raw).empty() || !find_enhanced_code(raw).empty() ||
         base::trim(raw).find('\n') == raw.npos;
}

}  // namespace

std::string_view kind_word(Kind kind) {
  switch (kind) {
    case Kind::delivery_status:
      return "delivery-status";
    case Kind::bounce:
      return "bounce";
    case Kind::complaint:
      return "complaint";
    case Kind::auto_reply:
      return "auto-reply";
    case Kind::none:
      break;
  }
  return "none";
}

Report parse_report(std::string_view raw) {
  Pieces pieces = take_apart(raw);
  Report report;
  const std::string sender = address_in(pieces.fields, "To");
  if (!pieces.feedback_report.empty() || pieces.is_feedback_type) {
    read_complaint(pieces, report);
  } else if (!pieces.delivery_status.empty()) {
    report.kind = Kind::delivery_status;
    DeliveryStatus status = parse_delivery_status(pieces.delivery_status);
    report.reporting_mta = std::move(status.reporting_mta);
    report.rows = std::move(status.rows);
    report.rows_left_out = status.rows_left_out;
    if (report.rows.empty()) {
      read_words(pieces, sender, report);
    } else {
      add_words(report.rows, pieces.words, sender);
    }
  } else if (is_old_complaint(pieces.fields, pieces.words, pieces.returned)) {
    read_complaint(pieces, report);
    if (auto rows = find_notification_rows(pieces.words); !rows.empty()) report.rows = std::move(rows);
  } else if (is_bounce(pieces.fields, pieces.words)) {
    report.kind = Kind::bounce;
    read_words(pieces, sender, report);
  } else if (is_auto_reply(pieces.fields, pieces.words)) {
    report.kind = Kind::auto_reply;
    report.rows.push_back(Row{.address = address_in(pieces.fields, "From")});
  }
  if (report.kind == Kind::none && is_bare_reply(raw, pieces.fields)) {
    report.kind = Kind::bounce;
    report.rows.push_back(Row{.diagnostic = std::string(base::trim(raw))});
    const auto address = find_address(report.rows[0].diagnostic);
    if (address) report.rows[0].address = clean_address(address->of(report.rows[0].diagnostic));
  }
  report.words = std::move(pieces.words);
  report.returned = std::move(pieces.returned);
  return report;
}

}  // namespace signpost::feedback
