// The table, and its look-up. The facts are those that the providers publish for senders (named in docs/answers.md); the words
// are ours.
#include "feedback/answers.h"

#include <array>

#include "feedback/json_text.h"
#include "feedback/report.h"

namespace signpost::feedback {
namespace {

constexpr auto kGoogle = Provider::google;
constexpr auto kMicrosoft = Provider::microsoft;
constexpr auto kYahoo = Provider::yahoo;
constexpr auto kAny = Provider::any;

// clang-format off
constexpr auto kAnswers = std::to_array<Answer>({
// ---- one provider's words
{"dns", kGoogle, "", "Gmail found no PTR record for the sending host, or one whose name does not lead back to it.", "Give the sending IP address a PTR record, and that name an A or AAAA record with the same address."},
{"authentication", kGoogle, ".7.27", "SPF did not pass at Gmail.", "Add the sending host to the SPF record of the envelope sender's domain."},
{"authentication", kGoogle, ".7.30", "DKIM did not pass at Gmail.", "Look at `signpostctl dkim check`, and in the log for signed=no."},
{"authentication", kGoogle, ".7.32", "The From domain is aligned with neither SPF nor DKIM, which Gmail requires of who sends much.", "Sign with a key of the From domain, or send with a return path below it."},
{"authentication", kGoogle, "", "Gmail takes no mail that neither SPF nor DKIM vouches for, or that the From domain's DMARC policy rejects.", "Sign with a key of the From domain (`signpostctl dkim check`), and publish SPF and DMARC for it."},
{"tls", kGoogle, "", "Gmail takes mail over TLS only.", "Set smtp_tls_security_level = may in Postfix."},
{"reputation", kGoogle, "", "Gmail trusts the sending IP address or domain little: complaints, or mail to many who did not ask for it.", "Send less and to those who read; look at complaints in Google Postmaster Tools. The addresses are alive."},
{"rate", kGoogle, "url", "A domain in the links of the message sends more than Gmail expects of it.", "Pause mail with links to that domain; it may be a shared tracking host."},
{"rate", kGoogle, "", "More mail than Gmail expects of this IP address, domain or signature.", "Slow down to the pace of last week, and grow from there step by step. The addresses are alive."},
{"format", kGoogle, "", "Gmail does not take messages whose header breaks RFC 5322: two of a field, no Message-ID, several addresses in From.", "Look at the header with `signpostctl message run`, and correct the application."},
{"policy", kGoogle, "gcdp", "A rule of that Workspace's own administrator refused it; Google itself did not.", "Ask the recipient's administrator."},
{"receiving-too-fast", kGoogle, "", "This mailbox gets more mail in an hour than Gmail delivers to one.", "Nothing, it is tried again; send this person less at once."},
{"authentication", kMicrosoft, ".7.515", "Who sends more than 5,000 messages a day to Outlook.com needs SPF, DKIM and DMARC, and one of the first two aligned with From.", "Publish all three for the From domain, and sign with its key."},
{"authentication", kMicrosoft, "", "Microsoft takes no mail that SPF, DKIM or DMARC does not vouch for.", "Sign with a key of the From domain, and publish SPF and DMARC for it."},
{"microsoft-blocklist", kAny, "s3140", "Outlook.com refuses mail from this network for its reputation.", "Ask for it at olcsupport.office.com (Microsoft's form for senders), with the IP address of the reply. The addresses are alive."},
{"microsoft-blocklist", kAny, "s3150", "The sending IP address, or its network, is on Outlook.com's block list.", "Ask for removal at olcsupport.office.com (Microsoft's form for senders); join SNDS to see why. The addresses are alive."},
{"microsoft-blocklist", kAny, "", "The sending IP address is on a block list of Microsoft's.", "Ask for removal at sender.office.com (Microsoft 365), or olcsupport.office.com (Outlook.com). The addresses are alive."},
{"rate", kMicrosoft, "", "Microsoft takes less at a time from this IP address than was sent: it is new, or its reputation is low.", "Send slower; it is tried again by itself."},
{"exchange-directory", kAny, "", "Exchange Online knows no such recipient; it says \"access denied\" for that.", "Take the address off your lists."},
{"exchange-restricted", kAny, "", "This mailbox or group takes mail from some senders only.", "Ask its owner to allow you. The address is alive, for others."},
{"yahoo-deferred", kAny, "tss04", "Yahoo defers this IP address for some hours: too much mail at once, or complaints.", "Send nothing to Yahoo for two hours, then slower; look at complaints."},
{"yahoo-deferred", kAny, "", "Yahoo refuses this IP address for its reputation, with a code that looks final and is not.", "Stop mail to Yahoo, find who complains, then ask at senders.yahooinc.com. The addresses are alive; let such mail wait (docs/feedback.md)."},
{"yahoo-blocked", kAny, "", "Yahoo uses a list of Spamhaus on which this IP address is.", "Look it up at check.spamhaus.org and have it removed there."},
{"yahoo-policy", kAny, "", "Yahoo takes no mail that neither SPF nor DKIM vouches for, or that looks like phishing.", "Sign with a key of the From domain, and publish SPF and DMARC for it."},
{"authentication", kYahoo, "", "Yahoo takes no mail that neither SPF nor DKIM vouches for.", "Sign with a key of the From domain, and publish SPF and DMARC for it."},
{"apple-policy", kAny, "", "iCloud refused the message by a rule of its own: content, reputation or authentication.", "Check SPF, DKIM and DMARC, then write to icloudadmin@apple.com with the whole reply."},
{"tencent-rate", kAny, "", "QQ takes less at a time from this IP address than was sent.", "Send slower. The addresses are alive."},
{"netease-content", kAny, "", "NetEase (163, 126) refused the message for its content or its sender.", "Look the code up at help.163.com. The addresses are alive."},
// ---- block lists by name
{"blocklist", kAny, "spamhaus", "The sending IP address, or a domain in the message, is on a list of Spamhaus.", "Look it up at check.spamhaus.org: it says which list, why, and how to be removed. The addresses are alive."},
{"blocklist", kAny, "spamcop", "The sending IP address is on SpamCop's list, for mail that hit its traps or its users' reports.", "It ends by itself a day after the last report; look it up at spamcop.net/bl.shtml."},
{"blocklist", kAny, "barracuda", "The sending IP address is on Barracuda's list.", "Ask for removal at barracudacentral.org/rbl/removal-request."},
{"blocklist", kAny, "sorbs", "The receiver uses SORBS, which was closed in June 2024.", "Tell the receiver's postmaster to take it out."},
// ---- by reason: the address
{"no-such-user", kAny, "", "The mailbox does not exist.", "Take the address off your lists."},
{"no-such-domain", kAny, "", "The domain does not exist, or has no mail server.", "Take the address off your lists; look for a typing error."},
{"no-mail-accepted", kAny, "", "The domain says that it takes no mail at all (RFC 7505).", "Take the address off your lists."},
{"moved", kAny, "", "The person has left.", "Take the address off your lists; the reply may name a new one, but that person did not ask you."},
{"disabled", kAny, "", "The mailbox was closed.", "Take the address off your lists."},
{"bad-address", kAny, "", "The address cannot be right.", "Correct it or take it off your lists."},
{"mailbox-full", kAny, "", "The mailbox is full.", "Nothing; after weeks of this nobody reads it."},
{"recipient-rate", kAny, "", "This mailbox gets more mail than its provider delivers at once.", "Nothing, it is tried again."},
{"greylisted", kAny, "", "The server takes the mail only when it is sent a second time.", "Nothing, the MTA does."},
{"unverified", kAny, "", "The server could not find out yet whether the mailbox exists.", "Nothing, it is tried again."},
{"inactive", kAny, "", "The mailbox is switched off, perhaps for a time.", "Nothing now; if it stays so, take the address off your lists."},
{"ambiguous", kAny, "", "The name fits several mailboxes.", "Ask the person for the exact address."},
{"returned-by-operator", kAny, "", "Whoever runs the queue took the message out of it; the recipient's server was not asked.", "If we held it, see `signpostctl why` and docs/held-mail.md; else ask the operator of that server."},
{"expired", kAny, "", "The MTA gave up after trying for days.", "Look in the mail log for what the server answered meanwhile."},
{"network", kAny, "", "The server could not be reached, or its name not be looked up.", "If all mail fails so, look at your own network and resolver; else nothing."},
{"loop", kAny, "", "The message went round in circles at the receiver's.", "Tell the receiver's postmaster."},
{"system", kAny, "", "The receiving server has a fault of its own.", "Nothing; if it lasts, tell the receiver's postmaster."},
{"system-full", kAny, "", "The receiving server has no room left.", "Nothing, it is tried again."},
{"protocol", kAny, "", "The two servers did not understand each other.", "Look at the reply in the mail log; a filter between them may cut the conversation."},
{"filtered", kAny, "", "A filter refused it and does not say why.", "Send a plain message to the same address: if that arrives, it was the content."},
// ---- by reason: the sender
{"blocklist", kAny, "", "The sending IP address is on a list of bad senders.", "The reply names the list or its page; have the address removed there. The addresses are alive."},
{"reputation", kAny, "", "The receiver trusts the sending IP address or domain little.", "Send less and to those who read; look at complaints and dead addresses. The addresses are alive."},
{"rate", kAny, "", "More mail or connections than the receiver takes at once.", "Send slower. The addresses are alive."},
{"authentication", kAny, "", "The receiver takes only mail that SPF, DKIM or DMARC vouches for, or that comes with a login.", "Sign with a key of the From domain (`signpostctl dkim check`), and publish SPF and DMARC for it; with a relay, log in."},
{"dns", kAny, "", "The sending host's names do not fit together: PTR, A record and HELO.", "Give the IP address a PTR record whose name leads back to it, and use that name as myhostname."},
{"tls", kAny, "", "The receiver takes mail over TLS only, or TLS failed.", "Set smtp_tls_security_level = may, and look at the mail log for the handshake."},
{"spam", kAny, "", "The receiver takes the message for spam.", "Look at its text and links; send to those who asked for it. The address is alive."},
{"virus", kAny, "", "The receiver found a virus, or what looks like one.", "Look at the attachment and the links; if they are clean, tell the receiver's postmaster."},
{"content", kAny, "", "The receiver does not take such content: an attachment, a charset, a kind of file.", "Send a link instead of the file, or another format."},
{"format", kAny, "", "The message breaks a rule of RFC 5322 or MIME.", "Look at the header with `signpostctl message run`, and correct the application."},
{"size", kAny, "", "The message is larger than the receiver takes.", "Send a link instead of the file."},
{"relay", kAny, "", "The server does not take mail for this domain: its MX record, or your route to it, is wrong.", "Compare the domain's MX with the host in the reply, and look for a transport or relayhost of your own."},
{"sender-address", kAny, "", "The receiver refuses the sender's address: it does not exist, its domain does not, or you may not write there.", "Make sure that the envelope sender's domain has an MX, and that mail to it is taken."},
{"recipient-restricted", kAny, "", "This mailbox takes mail from some senders only.", "Ask its owner to allow you."},
{"many-alike", kAny, "", "Many recipients of one provider were refused within minutes with one text that nobody has described yet: it concerns the sender.", "Read the reply; ask the provider's postmaster. The addresses are alive, as far as anybody can tell."},
{"policy", kAny, "", "A rule of the receiver's refused it; the reply may say which.", "Read the reply's page if it names one; else ask the receiver's postmaster. The address is alive."},
// ---- what is no refusal
{"abuse", kAny, "", "The recipient called the message unwanted.", "Do not write to them again."},
{"opt-out", kAny, "", "The recipient does not want this mail any more.", "Do not write to them again."},
{"delivered", kAny, "", "It was delivered.", "Nothing."},
{"not-spam", kAny, "", "The recipient said that it is not spam.", "Nothing."},
{"auto-reply", kAny, "", "A program answered; nothing failed.", "Nothing."},
{"not-a-report", kAny, "", "This is not a reply of a mail server.", "Paste what the server answered, from the code on."},
{"unknown", kAny, "", "No rule knows these words, and their code says nothing certain.", "Read the reply; if it says that the mailbox is gone, take the address off your lists by hand."},
});
// clang-format on

}  // namespace

std::span<const Answer> answers() {
  return kAnswers;
}

std::string_view provider_word(Provider provider) {
  switch (provider) {
    case Provider::google:
      return "google";
    case Provider::microsoft:
      return "microsoft";
    case Provider::yahoo:
      return "yahoo";
    case Provider::any:
      break;
  }
  return {};
}

const Answer& find_answer(const Classification& found, Provider provider, std::string_view text) {
  const std::string words = normalize(text);
  for (const Answer& answer : kAnswers) {
    if (answer.of != found.rule && answer.of != found.reason) continue;
    if (answer.provider != Provider::any && answer.provider != provider) continue;
    if (!answer.text.empty() && words.find(answer.text) == std::string::npos) continue;
    return answer;
  }
  return kAnswers.back();
}

Diagnosis diagnose(std::string_view reply) {
  Report report;
  report.kind = Kind::bounce;
  Row row;
  row.diagnostic = std::string(reply.substr(0, 4096));
  Diagnosis diagnosis;
  diagnosis.found = classify(report, row);
  diagnosis.provider = find_provider(report, row);
  diagnosis.answer = &find_answer(diagnosis.found, diagnosis.provider, row.diagnostic);
  return diagnosis;
}

std::string format_diagnosis(const Diagnosis& diagnosis, bool json) {
  const std::array<std::pair<std::string_view, std::string_view>, 6> fields = {
      {{"class", class_word(diagnosis.found.result)},
       {"reason", diagnosis.found.reason},
       {"provider", provider_word(diagnosis.provider)},
       {"rule", diagnosis.found.rule},
       {"means", diagnosis.answer->means},
       {"remedy", diagnosis.answer->remedy}}};
  std::string text;
  for (const auto& [name, value] : fields) {
    if (json) {
      text += (text.empty() ? "{" : ",") + json_quoted(name) + ":" +
              (value.empty() ? "null" : json_quoted(value));
    } else if (!value.empty()) {
      text.append(name).append(": ").append(value).append("\n");
    }
  }
  return json ? text + "}\n" : text;
}

}  // namespace signpost::feedback
