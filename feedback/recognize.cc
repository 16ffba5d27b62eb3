#include "feedback/recognize.h"

#include <initializer_list>
#include <string>

#include "base/text.h"
#include "mail/field/encoded_words.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kFirstWords = 1500;

std::string lower_field(const std::vector<mail::Field>& fields, std::string_view name) {
  const mail::Field* field = mail::find_field(fields, name);
  if (field == nullptr) return {};
  const std::string value = mail::unfold(std::string_view(field->value).substr(0, 2000));
  const auto decoded = mail::decode_encoded_words(value);
  return base::lower(decoded ? *decoded : value);
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> needles) {
  for (const std::string_view needle : needles)
    if (text.find(needle) != std::string_view::npos) return true;
  return false;
}

bool is_from_mailer(std::string_view from) {
  return has_any(from, {"mailer-daemon", "mailer daemon", "postmaster", "mail delivery", "mail.delivery",
                        "mail administrator", "mdaemon", "microsoft exchange", "system administrator",
                        "maildelivery", "mail-daemon", "mailerdaemon", "mailsystem", "mail system",
                        "delivery subsystem", "poostmaster", "email-bounces", "bounce"});
}

bool is_failure_subject(std::string_view subject) {
  return has_any(subject, {"undeliver",
                           "returned mail",
                           "delivery fail",
                           "failure notice",
                           "failed delivery",
                           "delivery status",
                           "delivery notification",
                           "mail system error",
                           "non-deliver",
                           "nondeliver",
                           "not delivered",
                           "not deliver",
                           "unable to deliver",
                           "delivery report",
                           "delivery problem",
                           "delivery error",
                           "delivery has failed",
                           "could not be delivered",
                           "couldn't be delivered",
                           "mail failure",
                           "failed mail",
                           "message you sent blocked",
                           "mail delivery",
                           "returned to sender",
                           "returning message",
                           "delivery of",
                           "warning: could not send",
                           "delayed mail",
                           "still being retried",
                           "unzustellbar",
                           "nicht zustellbar",
                           "non remis",
                           "non distribu",
                           "no entregado",
                           "mancato recapito",
                           "niet bezorg",
                           "smtp server: errors",
                           "rejected mail",
                           "mail error",
                           "user unknown",
                           "undelivered",
                           "delayed",
                           "bounce",
                           "not member",
                           "delivery incident",
                           "failure delivery",
                           "failure to deliver",
                           "recipient unknown",
                           "message status",
                           "during delivery",
                           "message delivery"});
}

bool is_failure_text(std::string_view words) {
  return has_any(words, {"could not be delivered",
                         "couldn't be delivered",
                         "cannot be delivered",
                         "can't be delivered",
                         "wasn't able to deliver",
                         "unable to deliver",
                         "was undeliverable",
                         "delivery failed",
                         "delivery has failed",
                         "did not reach the following",
                         "not be delivered",
                         "error delivering",
                         "failed permanently",
                         "undeliverable",
                         "were rejected",
                         "was rejected",
                         "returned to sender",
                         "permanent fatal errors",
                         "delivery to the following",
                         "transcript of session",
                         "mail could not",
                         "user unknown",
                         "was not delivered",
                         "wasn't delivered",
                         "failure reasons",
                         "has been rejected",
                         "delivery attempt",
                         "not yet been delivered",
                         "failed recipients",
                         "\"notificationtype\":\"bounce\"",
                         "\"eventtype\":\"bounce\"",
                         "\"bouncedrecipients\"",
                         "are not a member of this mailing list"});
}

/// True if a line is "<a@b.example>:", as qmail and its children write it.
bool has_address_line(std::string_view words) {
  for (const std::string_view line : base::split(words.substr(0, kFirstWords), '\n')) {
    const std::string_view trimmed = base::trim(line);
    if (trimmed.starts_with('<') && trimmed.ends_with(">:") && trimmed.find('@') != trimmed.npos) return true;
  }
  return false;
}

std::string first_words(std::string_view words) {
  return base::lower(words.substr(0, kFirstWords));
}

}  // namespace

bool is_bounce(const std::vector<mail::Field>& fields, std::string_view words) {
  if (mail::find_field(fields, "X-Failed-Recipients") != nullptr) return true;
  const std::string from = lower_field(fields, "From");
  const std::string subject = lower_field(fields, "Subject");
  const std::string text = first_words(words);
  const bool from_mailer = is_from_mailer(from);
  const bool failure_subject = is_failure_subject(subject);
  const bool failure_text = is_failure_text(text);
  const std::string return_path = lower_field(fields, "Return-Path");
  const bool null_sender = return_path == "<>" || from.find("<>") != std::string::npos ||
                           return_path.find("mailer-daemon") != std::string::npos;
  if (from_mailer || null_sender)
    return failure_subject || failure_text || (from_mailer && has_address_line(words)) ||
           has_any(from, {"mailer-daemon@", "<mailer-daemon", "maildaemon@"});
  return (failure_subject && failure_text) || text.find("\"bouncedrecipients\"") != std::string::npos;
}

bool is_auto_reply(const std::vector<mail::Field>& fields, std::string_view words) {
  const std::string submitted = lower_field(fields, "Auto-Submitted");
  if (submitted.starts_with("auto-replied") || submitted.starts_with("auto-generated")) return true;
  if (lower_field(fields, "X-Autogenerated") == "reply") return true;
  for (const std::string_view name :
       {"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Vacation", "X-Mail-Autoreply"})
    if (mail::find_field(fields, name) != nullptr) return true;
  if (has_any(lower_field(fields, "Precedence"), {"auto_reply", "auto-reply"})) return true;
  if (lower_field(fields, "X-Apple-Action") == "vacation") return true;
  const std::string subject = lower_field(fields, "Subject");
  for (const std::string_view begin : {"automatic reply",
                                       "auto:",
                                       "auto re",
                                       "autoreply",
                                       "auto-reply",
                                       "auto reply",
                                       "autoresponse",
                                       "auto response",
                                       "autorespon",
                                       "auto-respon",
                                       "automatic response",
                                       "out of office",
                                       "out-of-office",
                                       "vacation",
                                       "away from",
                                       "ooo:",
                                       "automatische antwort",
                                       "abwesenheit",
                                       "r\xc3\xa9ponse automatique",
                                       "reponse automatique",
                                       "respuesta autom",
                                       "risposta automatica",
                                       "resposta autom",
                                       "automatisch antwoord",
                                       "afwezig",
                                       "absence",
                                       "ausente",
                                       "fuera de",
                                       "on vacation",
                                       "i am out",
                                       "away "})
    if (subject.starts_with(begin)) return true;
  const std::string precedence = lower_field(fields, "Precedence");
  const bool is_bulk = precedence == "bulk" || precedence == "junk";
  if (is_bulk && lower_field(fields, "Return-Path") == "<>") return true;
  return has_any(subject, {"out of the office", "out of office", "on vacation", "autoreply",
                           "automatic reply", "auto-reply", "automatyczna odpowied",
                           "\xd0\xb0\xd0\xb2\xd1\x82\xd0\xbe\xd0\xbe\xd1\x82\xd0\xb2\xd0\xb5\xd1\x82",
                           "\xe8\x87\xaa\xe5\x8a\xa8\xe5\x9b\x9e\xe5\xa4\x8d"}) ||
         has_any(first_words(words),
                 {"this is an automatic reply", "this is an automated reply", "i am out of the office",
                  "i'm out of the office", "i am currently out of"});
}

bool is_old_complaint(const std::vector<mail::Field>& fields, std::string_view words,
                      const std::vector<mail::Field>& returned) {
  const std::string from = lower_field(fields, "From");
  const std::string subject = lower_field(fields, "Subject");
  const bool is_staff = has_any(from, {"staff@hotmail", "staff@outlook", "staff@live"});
  if (subject.starts_with("complaint about message") &&
      (is_staff || mail::find_field(returned, "X-HmXmrOriginalRecipient") != nullptr))
    return true;
  // Apple's Mail writes this mail for whoever presses "unsubscribe" (RFC 2369 §3.2).
  return first_words(words).find("sent this email to unsubscribe from") != std::string::npos ||
         first_words(words).find("\"complainedrecipients\"") != std::string::npos;
}

}  // namespace signpost::feedback
