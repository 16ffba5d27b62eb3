// The rules, first to last. Texts are those that providers and mail servers really write; the sources are
// named where a provider documents them: Google (support.google.com/a/answer/3726730, mail/answer/81126), Microsoft (NDR
// codes in Exchange Online, Outlook.com postmaster), Yahoo (senders.yahooinc.com/smtp-error-codes), Apple
// (support.apple.com/102322), and the sources of Postfix, Sendmail, Exim, qmail. A row's example is its test.
#include <array>

#include "feedback/alternatives.h"
#include "feedback/rules.h"

namespace signpost::feedback {
namespace {

constexpr auto kHard = Class::hard;
constexpr auto kSoft = Class::soft;
constexpr auto kBlock = Class::block;

// clang-format off
constexpr auto kRules = std::to_array<Rule>({
// ---- whoever runs a queue took the message out of it: nobody was asked about the recipient
{"taken-from-queue", Class::none, "returned-by-operator", "administratively expired", "message is administratively expired"},
// ---- providers first: the same code means different things
{"receiving-too-fast", kSoft, "recipient-rate",
 "recipient has exceeded message rate|receiving mail at a rate that|receiving mail too quickly|recipient's hourly limit|hourly message receive limit"
 "|mailbox has exceeded the maximum number of messages|recipient has exceeded * message rate",
 "550 5.2.1 The email account that you tried to reach is receiving mail at a rate that prevents additional messages"},
{"recipient-limit", kSoft, "recipient-rate", "recipient*limit|exceed", "554 5.2.121 Recipient's per hour message receive limit from this sender exceeded", Provider::any, "5.2.12"},
{"sending-quota", kBlock, "rate", "sending quota|email quota exceeded|submissionquota|submission quota|daily quota|hourly quota|sender quota|sender's quota|sending limit|daily limit|hourly limit|sender has exceeded|your account has exceeded",
 "550 5.4.5 Daily sending quota exceeded"},
{"google-disabled", kHard, "disabled",
 "account that you tried to reach is disabled|account that you tried to reach is inactive|account is disabled",
 "550 5.2.1 The email account that you tried to reach is disabled.", Provider::google},
{"google-disabled-text", kHard, "disabled", "email account that you tried to reach is disabled|email account that you tried to reach is inactive",
 "550 5.2.1 The email account that you tried to reach is disabled. g0000000000ggg.00"},
{"google-dns", kSoft, "network", "dns error:", "DNS Error: 80335577 DNS type 'mx' lookup of example.jp responded with code NXDOMAIN"},
{"google-group", kBlock, "policy", "groups.google.com|the group you tried to contact|permission to post messages to the group|not be open to posting",
 "The group you tried to contact (news) may not exist, or you may not have permission to post messages to the group."},
{"exchange-directory", kHard, "no-such-user", "recipient address rejected: access denied",
 "550 5.4.1 <a@example.br>: Recipient address rejected: Access denied [AM1.eop-eur03.prod.protection.outlook.com]", Provider::any, "5.4.1"},
{"exchange-not-found", kHard, "no-such-user",
 "resolver.adr.recip|resolver.adr.exrecip|resolver.adr.invalidrecip|not found by smtp address lookup|resolver.adr.badprimary|resolver.adr.notfound"
 "|recipient not found by|resolver.adr.exrecipnotfound|could not find the recipient",
 "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"},
{"exchange-restricted", kBlock, "recipient-restricted",
 "resolver.rst.notauth|resolver.rst.auth|resolver.rst.restricted|transport.rules.reject|not authorized to send to th|isn't allowed to send|recipient only accepts|"
 "delivery not authorized|sender not authenticated for|only accepts * from|resolver.rst.senderb|sender is not allowed to send",
 "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized"},
{"exchange-size", kBlock, "size", "sizelimit|sendsizelimit|recipsizelimit", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient"},
{"exchange-quota", kSoft, "mailbox-full", "quotaexceeded|mailboxfull|notenoughquota|shutoffquota",
 "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded"},
{"exchange-domain", kHard, "no-such-domain", "infodomainnonexistent|domainnonexistent", "550 5.4.310 DNS domain example.jp does not exist [Message=InfoDomainNonexistent]"},
{"exchange-expired", kSoft, "expired", "queue.expired", "550 4.4.7 QUEUE.Expired; message expired"},
{"microsoft-blocklist", kBlock, "blocklist", "(s3150)|(s3140)|network is on our block list|banned sending ip|banned sender|unfortunately, messages from|unfortunately, some messages from",
 "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).", Provider::any, "", "", Trust::plain, true},
{"microsoft-busy", kBlock, "rate", "server busy", "451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77714) [AM7EUR03FT009]", Provider::any, "4.7."},
{"microsoft-policy", kBlock, "policy", "for policy reasons|policy reasons", "550 OU-002 (BAY004-MC1F1) Unfortunately, mail was refused for policy reasons"},
{"yahoo-deferred", kBlock, "reputation", "[tss|[ts0|[iptss|[ipts|permanently deferred|temporarily deferred due|user complaints",
 "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints", Provider::any, "", "", Trust::plain, true},
{"yahoo-blocked", kBlock, "blocklist", "[bl21]|[bl22]|[bl23]", "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list", Provider::any, "", "", Trust::plain, true},
{"yahoo-policy", kBlock, "policy", "[ph0|[pc0|[gl0|message not accepted for policy", "554 [PH01] Email not accepted, see the postmaster pages"},
{"yahoo-no-account", kHard, "no-such-user", "doesn't have a * account|no longer valid. [-|(554.30)|does not have a yahoo|dd requested mail action aborted, mailbox not found",
 "554 delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [0]"},
{"apple-policy", kBlock, "policy", "[cs01]|[cs02]|[hm0|[hme1]|[bs0|[hcm1]|[hc0", "554 5.7.1 [CS01] Message rejected due to local policy."},
{"netease-content", kBlock, "spam", "dt:spm|rp:orq|rp:trq|rp:crq|dt:sum|hl:itc|hl:isc|mi:spf|mi:stc|mi:dma|mi:iig", "554 DT:SPM 163 smtp10,DsCowAB3"},
{"netease-user", kHard, "no-such-user", "mi:ceu|dt:ceu", "550 MI:CEU mx2, no such local user"},
{"tencent-rate", kBlock, "rate", "frequency limited|sending frequency|suspected bounce attacks", "550 Ip frequency limited. http://service.mail.qq.com/", Provider::any, "", "", Trust::plain, true},
{"godaddy-rate", kBlock, "rate", "too many recipients this hour|messages this hour|has sent to too many|recipients this hour", "550 5.1.1 <a@example.com> - 192.0.2.1 has sent to too many recipients this hour. IB607"},
{"cox-policy", kBlock, "policy", "#cx|aup#|cxbl|cxsndr|cxmxrt", "554 cox.net ESMTP server refused AUP#CXBL"},

// ---- full mailboxes: their limits are not the sender's
{"mailbox-full", kSoft, "mailbox-full",
 "too much mail data|mailbox full|mailbox is full|mailbox * full|mail box full|mailbox over|mailbox has exceeded|mailbox quota|mailbox exceed|over quota|overquota|over-quota|quota exceeded|exceeded quota|exceeds quota|quota exceed|exceed * quota|"
 "out of quota|not enough quota|quota limit|quota violation|disk quota|storage quota|mail quota|user quota|beyond quota|would exceed|exceeded * storage|exceeded storage|storage allocation|storage limit|out of storage|storage full|storage exceeded|inbox is full|"
 "inbox full|folder is full|mailfolder is full|account is full|account full|too many messages in mailbox|insufficient quota|too full|mailbox * exceeded|not enough space|no space * mailbox|not enough storage|box is full|user is full|"
 "quota exhausted|exhausted * quota|not enough disk space|insufficient disk|has too many messages|allotted|boite * pleine|casella piena|casella * piena|postfach * voll|buzon * lleno|caixa * cheia|mailbox size limit|full mailbox|space limit|message count limit"
 "|mailbox limit|mailbox_full|maximum storage|not enough room|quotaexceed|max quota|reached its limit| cota ",
 "552 5.2.2 <a@example.org>: user is over quota"},

// ---- the sender's trouble
{"inactivity", kSoft, "inactive", "due to inactivity", "550 mailbox has been blocked due to inactivity"},
{"name-server", kSoft, "network", "name server reply", "Host or domain name not found. Name service error: Malformed or unexpected name server reply"},
{"format", kBlock, "format",
 "empty email address|messages with multiple addresses|header is not valid|header * not valid|message id|address in the * header|duplicate header|multiple * headers|multiple from|multiple addresses in from|message-id header|missing message-id|not rfc|rfc 5322|rfc 2822|rfc5322|rfc2822|"
 "rfc 822|rfc compli|non-compliant|not compliant|bare line feed|bare lf|bare cr|malformed|from header is missing|no from header|invalid header|header error|missing header|missing required header"
 "|headers too large|header too l|invalid from header|header * syntax|headers are invalid|encoded-word|line too long|line length|too long line|bad header",
 "554 Transaction failed: Duplicate header 'DKIM-Signature'."},
{"content", kBlock, "content",
 "improper use of 8-bit|8bit characters|8-bit data|bad message|illegal attachment|attachment * not allowed|attachments are not|file type|forbidden attachment|banned file|disallowed attachment"
 "|blocked attachment|content filter|contenterror|message content|content rejected|conversion * failed|conversion not|unsupported content|restricted attachment|executable|banned content|prohibited content|"
 "character set|mime error|mime header|illegal mime|too many mime|content is not|contains * url|url in|invalid character",
 "554 5.6.1 Improper use of 8-bit data in message header"},
{"virus", kBlock, "virus",
 "virus detected|contains a virus|contains virus|virus found|infected|a virus|viruses|malware|trojan| worm|mcspamsignature|virus-like|harmful content|dangerous content|virus infect|virus-infect|phishing attack",
 "550 5.7.0 This message contains a virus (Eicar-Test-Signature)"},
{"dns", kBlock, "dns",
 "reverse dns|reverse lookup|reverse hostname| rdns|fcrdns|dns ptr|ptr record|ptr resource| ptr |no ptr|cannot find your hostname|cannot find your reverse|can't find your hostname|resolve your|"
 "ip name lookup failed|ip name possibly forged|reverse map|reverse name|client host rejected: cannot find|client * not resolve|does not exist in dns|invalid dns|hostname is invalid|helo command rejected|invalid helo|bad helo|"
 "helo|ehlo|your hostname|must resolve|mismatched * dns|forward and reverse|no reverse|dns lookup fail * client|host name lookup",
 "550 5.7.25 The IP address sending this message does not have a PTR record setup"},
{"authentication", kBlock, "authentication",
 "dmarc| spf|spf |(spf|spf)|-spf|openspf|spf:|spf check|arc failed|dkim|unauthenticated|sender is unauth|authentication checks|sender policy framework|not authenticated|authentication level|sender id |sender-id|senderid|"
 "sender authentication|email authentication|domain authentication|domain owner|arc-seal|purported responsible|domainkeys|failed authentication|failing authentication|anti-spoof|spoof|forged|does not designate|alignment",
 "550 5.7.26 This mail has been blocked because the sender is unauthenticated."},
{"login", kBlock, "authentication",
 "authentication required|authentication is required|must authenticate|auth required|smtp auth|authentication failed|failed to authenticate|please authenticate|authenticate first|not logged in|authorization required|authentication credentials|"
 "you must log|need to authenticate|auth first|check your mail before",
 "530 5.7.0 Authentication required"},
{"tls", kBlock, "tls", "starttls|requires encryption|high-strength ciphers|tls required|requires tls|tls is required|without tls|tls handshake|encryption required|encryption needed|must be encrypted|certificate|tls not|cannot start tls|tls encryption| ssl ",
 "550 5.7.29 This message was sent over a connection without TLS"},
{"said-unknown", kHard, "no-such-user", "user unknown|no such user|unknown user|user does not exist|user doesn't exist|user not found", "550 5.1.1 User unknown, see our blocklist policy", Provider::any, "5.1.1", "verif|callout|callback|sender|relay", Trust::in_text},
{"named-blocklist", kBlock, "blocklist", "blocked using|spamhaus.org|bl.spamcop.net|dnsbl.sorbs.net|barracudacentral.org", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", Provider::any, "", "", Trust::plain, true},
{"blocklist", kBlock, "blocklist",
 "spamhaus|spamcop|sorbs|barracudacentral|uceprotect|block list|blocklist|blacklist|black list|black-list|listed by|listed at|is listed|currently listed|listed in rbl|listed in dns|listed in a|ip listed|being listed|dnsbl| rbl|rbl |blocked - see|cloudmark|senderbase|senderscore|"
 "realtime block|client host blocked|your ip|ip address * blocked|ip address * rejected|blocked by|is blocked|are blocked|been blocked|was blocked|has blocked|blocked for|your host|sending ip|banned|sending mta|"
 "mail server has been|delist|unblock|denylist|not in whitelist|not whitelisted|block your|blocks your|blocked your|rejected your ip|deny list|dynamic ip|dynamic pool|dial-up|dialup|residential",
 "550 5.7.1 192.0.2.1 is on our blacklist"},
{"reputation", kBlock, "reputation", "reputation|poor sender|ip profile|refused due to abuse|listed as abusive|mass mailer|too many complaints|abuse from|has been abused|complaint rate|too many bounces|bad bounces|too many invalid recipients|many unknown|dictionary attack|harvest|directory harvest",
 "550 5.7.1 Our system has detected that this message is likely suspicious due to the very low reputation of the sending domain."},
{"rate", kBlock, "rate",
 "thread limit|too many login|unusual rate|rate limit|ratelimit|rate-limit|throttl|too many connections|too many concurrent|connection limit|too many sessions|too many messages|too many mails|too many emails|too many recipients|too much mail|excessive volume|"
 "unexpected volume|sending too|too fast|exceeded * limit|exceeds * limit|limit exceeded|max * connections|maximum number of|connections per|messages per|hourly limit|daily limit|daily quota|sending quota|sending limit|trop de connexions|"
 "too many errors|submission quota|concurrent connections|simultaneous|too many smtp|slow down|number of connections|try fewer|mail volume|message rate|connection rate",
 "450 4.7.1 Error: too much mail from 192.0.2.1, rate limit reached"},
{"greylisted", kSoft, "greylisted", "greylist|graylist|grey list|gray list|greylisting|postgrey|grey-list|gray-list|try again in * seconds|try again in * minutes", "450 4.2.0 <a@example.org>: Recipient address rejected: Greylisted"},
{"spam", kBlock, "spam",
 "spam|unsolicited|unwanted messages|junk mail|bulk mail|bulk email|ube,| ube |bulk e-mail|phish|suspicious|fraud|high risk|scam|looks like bulk|not rfc|advertis|mail rejete|ofr_506|ofr506|not accepted due to its content|message refused|mail content denied",
 "550 5.7.1 This message looks like SPAM to us"},
{"size", kBlock, "size",
 "message size|message too l|message too big|message is too l|message is too big|size exceeds|exceeds maximum|exceeds the maximum|exceeds size|exceed maximum|too large|too big|larger than|maximum size|size limit|max message size|exceeds fixed|message length",
 "552 5.3.4 Message too big for this host"},
{"relay", kBlock, "relay",
 "relaying|relay access|to relay|not relay|no relay|relay denied|relay not|relay prohib|relay is|relays|cannot relay|can't relay|open relay|rcpthosts|not a gateway|not an open|relay to|relay mail|relay for|local host * not|not local to this server|relayed|relayhost|relay from",
 "554 5.7.1 <a@example.org>: Relay access denied"},
{"sender", kBlock, "sender-address",
 "sender address rejected|sender rejected|sender denied|sender refused|sender verif|sender verify|verify sender|sender domain|domain of sender|sender's domain|sender address|sender's address|from address|sender not|sender was|sender is|"
 "address for sender|does not accept email from|does not accept mail from|sending domain|mail from domain|mail from: |from: domain|from domain|from header|return-path|sender email|valid recipients from|your account|your mail server|your server|"
 "sender has|invalid sender|unknown sender|bad sender|envelope sender|return path|originator|your domain|your email|your address|bogus|you are not allowed|you are not authorized|you do not have permission|not accept mail from|mail from your|"
 "email from you|not allowed to send|not allowed to post|not a member|member of|not permitted to send|not authorized to|not authorised to|unauthorized|not subscribed|subscribers|mailing list|moderat|only * can post|senders|sender has been|reject mail from|from your|null sender|blank sender|empty envelope|we do not accept|don't accept|"
 "backscatter|from <> |from:<>|bounce messages|do not accept bounce|bounces not",
 "550 5.7.1 Sender address rejected: not owned by user"},

{"unverified", kSoft, "unverified", "unverified address|address verification in progress|verification in progress|could not complete * callout|callout * defer|could not verify|unable to verify recipient", "450 4.1.1 <a@example.org>: Recipient address rejected: unverified address: Address verification in progress"},

{"temporarily-disabled", kSoft, "inactive", "temporarily disabled|disabled temporar|temporarily inactive|temporary locked|temporarily locked|temporarily suspended|destinataire archiv|archived recipient|_420|destinataire est bloqu|account isblocked|_426",
 "550 5.2.1 Account temporarily disabled"},
{"lookup-failed", kSoft, "system", "lookup deferred|lookup failed|verification temporarily|temporarily unavailable", "451 Recipient verification temporarily unavailable: user not found in cache", Provider::any, "4"},
{"lookup-deferred", kSoft, "network", "lookup deferred|dns query failed|name server reply", "550 Unrouteable address: DNS lookup deferred, try again"},
{"domain-busy", kSoft, "network", "domain not found|host not found|nonexistent domain|non-existent domain|unknown host|host unknown|domain does not exist", "450 4.1.2 <a@example.org>: Recipient address rejected: Domain not found", Provider::any, "4"},

// ---- dead domains
{"protocol", kSoft, "protocol", "command not|command un|unrecognized command|unrecognised command", "502 5.5.2 Error: command not recognized"},
{"not-listed-sender", kBlock, "policy", "in our whitelist|in our allow", "550 IP 192.0.2.1 was not found in our whitelist"},
{"null-mx-code", kHard, "no-mail-accepted", "does not accept mail", "550 5.7.27 a@example.org... Host does not accept mail", Provider::any, "5.7.27"},
{"null-mx", kHard, "no-mail-accepted",
 "does not accept mail|does not accept email|not accepting network messages|accepts no mail|null mx|nullmx|mx record indicated no smtp|no mail accepted|does not receive mail|does not receive email",
 "556 5.1.10 Domain example.org does not accept mail (nullMX)", Provider::any, "5", " from |over ipv6|without|larger|at this time|5.7.1 |5.7.51"},
{"null-mx-plain", kHard, "no-mail-accepted", "mx or srv record indicated no smtp service|(nullmx)|null mx|domain * does not accept mail", "an MX or SRV record indicated no SMTP service", Provider::any, "", " from |over ipv6|without|larger|at this time"},
{"resolver-busy", kSoft, "network", "host not found, try again|temporary failure in name|lookup failed temporarily|temporary dns|dns timeout|name server: * timeout|name server timeout|dns server failure|temporarily unable to resolve|host lookup did not complete|name service error * try again",
 "Host or domain name not found. Name service error for name=example.org type=MX: Host not found, try again"},
{"no-such-domain", kHard, "no-such-domain",
 "host unknown|unknown host|host not found|domain not found|no such domain|unknown domain|domain unknown|domain does not exist|domain doesn't exist|name service error|host or domain name not found|couldn't find any host|couldn't find a mail exchanger|"
 "unrouteable mail domain|unrouteable domain|unroutable domain|unroutable mail domain|all host address lookups failed|non-existent hosts|nonexistent domain|non-existent domain|domain name not found|no mx |no such host|domain * couldn't be found|"
 "domain * does not exist|illegal host|invalid domain|host * not found|host does not exist|bad destination host|bad destination system|unable to find any host|no valid hosts|domain is not|invalid host|no route to domain|recipient domain|"
 "domain is invalid|domain must|has no mail exchanger|no mail exchanger|domain * no valid|nxdomain|not a valid domain|name or service not known|cannot find domain|domain is no longer",
 "550 5.1.2 a@example.invalid... Host unknown (Name server: example.invalid: host not found)"},

// ---- dead addresses
{"moved", kHard, "moved",
 "has moved|user moved|not our user|no longer with|has left|no longer working|no longer works|no longer employed|not our customer|no longer on server|no longer on the server|no longer in use|no longer valid|no longer exist|no longer available|no longer at|"
 "is no longer|no longer active|no longer accept|no longer used|no longer here|has been replaced|address has changed|changed * address|new address|left the company|left the organi|account has expired|account expired",
 "551 5.1.6 User has moved; please try <b@example.org>", Provider::any, ""},
{"yahoo-disabled", kHard, "disabled", "account has been disabled or discontinued|this mailbox is disabled", "Sorry, your message cannot be delivered. This account has been disabled or discontinued"},
{"disabled", kHard, "disabled",
 "account has been disabled|account is disabled|account disabled|mailbox disabled|mailbox is disabled|mailbox has been disabled|user disabled|user is disabled|account deactivated|has been deactivated|account closed|account has been closed|"
 "account terminated|been terminated|account * been deleted|user * been deleted|mailbox * been deleted|address * been deleted|account * been removed|user * been removed|mailbox * been removed|address * been removed|account deleted|been cancelled|been canceled|address disabled|address is disabled|account * disabled|mailbox * disabled|disabled account|is deactivated|recipient is disabled|recipient disabled|disabled recipient|disabled user",
 "550 5.2.1 Mailbox disabled for this recipient", Provider::any, "5"},
{"certainly-unknown", kHard, "no-such-user",
 "no such user|user unknown|unknown user|unknown recipient|no such recipient|no such mailbox|no mailbox found|mailbox not found|mail-box not found|user not found|recipient not found|user does not exist|recipient does not exist|validrcptto|badrcptto",
 "550 5.5.1 no such user", Provider::any, "5", "verif|callout|callback|sender", Trust::certain},
{"no-such-user", kHard, "no-such-user",
 "user unknown|unknown user|user is not found|user does not|unknown subscriber|recipient does not|no such box|mail-box not found|unknown recipient|recipient unknown|recipient is unknown|user is unknown|no such user|no such recipient|no such mailbox|no such account|no such address|no such person|no such local|no such email|no such mail|no such e-mail|no such name|no mailbox|unknown e-mail|e-mail address unknown|"
 "unknown mailbox|mailbox unknown|unknown address|address unknown|address is unknown|unknown account|account unknown|unknown email|unknown local|unknown in|unknown to|unknown name|unknown or|unknown virtual|unknown alias|unknown destination|"
 "user not found|user not known|user not local|user not exist|user not on|mailbox not found|mailbox not exist|account not found|address not found|recipient not found|recipient not exist|recipient not known|recipient no found|name not found|"
 "not found in directory|not found on|not found here|addressee unknown|no mail box|mailbox not present|bad_recipient|address_not_found|account is unavailable|account unavailable|no one with that|no one at this|there is no one|is not known to this|not known to this|not found recipient|"
 "recipient not ok|recipient is not accepted|recipient not allowed|envelope recipient has been denied|can't accept user|in name directory|addresses were unknown|email name is not found|missing home directory|mail for that user|host name is unknown|@ not found|address rejected @|"
 "nie ma takiego|indirizzo inesistente|destinatario errato|nessun utente|"
 "does not exist|doesn't exist|do not exist|don't exist|doesnt exist|not exist|nonexistent|non-existent|nonexistant|non existent|no existe|n'existe pas|nao existe|existiert nicht|non esiste|bestaat niet|inconnu|unbekannt|desconocido|desconhecid|sconosciuto|nie istnieje|"
 "invalid recipient|invalid mailbox|invalid user|invalid address|invalid account|invalid destination|invalid rcpt|invalid email|invalid local|invalid final|recipient invalid|recipient is invalid|user invalid|destinataire invalide|address is invalid|address invalid|"
 "bad recipient|bad destination|bad address|bad rcpt|bad mailbox|address error|incorrect address|incorrect recipient|wrong address|wrong recipient|illegal alias|illegal user|illegal recipient|"
 "not a valid|isn't a valid|is not valid|not valid recipient|not a known|not known at|not known here|not a local|not a user|not our|not in our|not in my|not listed in|not a recipient|not a mailbox|not recognized|not recognised|isn't a user|not local|no local mailbox|no user|no account|no valid recipient|"
 "have a user|have an account|not have an|not handle|no one by that name|nobody by that name|no one here|nobody here|not here|no recipient|no person|does not have an|doesn't have an|don't have an|does not have a * account|does not have a mailbox|does not have a final|user doesn't have|we do not have|"
 "couldn't be found|could not be found|cannot be found|can't be found|wasn't found at|was not found|couldn't find|unable to find|cannot find|couldn't resolve|address lookup fail|cannot resolve|"
 "unrouteable address|unroutable address|unrouteable|unroutable|recipient cannot be verified|recipient verify failed|recipient verification failed|unavailable: user|unavailable user|undeliverable address|address undeliverable|user * not listed|"
 "address rejected.$|address rejected. $|address rejected $|not deliverable to|unresolvable|mailbox name not allowed|mailbox name invalid|mailbox syntax|user path|deactivated|dead address|delivery to that address|address not valid|address not recog|recipient not valid|user not valid|invalid name|"
 "account that you tried to reach|name is not recognized|unknown. check|unable to deliver to that|recipient rejected:|aliased to|user is terminated|recipient name is not|this address does|address not present|not present in|not registered|not associated with|no matches to|not an active|address not * here|email address * unknown",
 "550 5.1.0 <a@example.org>: Recipient address rejected: Invalid recipient", Provider::any, ""},
{"no-such-user-apart", kHard, "no-such-user",
 "mailbox * unknown|user * unknown|recipient * unknown|user * not found|recipient * not found|mailbox * not found|user * does not|mailbox * does not|recipient * does not|user @ unknown|address * unknown|unknown * user",
 "550 mailbox <a@example.org> unknown", Provider::any, "", "lookup|server"},
{"policy-named", kBlock, "policy", "by policy|policy rejection|policy reject|due to policy|policy violation|security polic|local policy|policy restriction|policy reason|recipient policy|acceptable use|administrative prohibition",
 "501 Connection rejected by policy [7.7] 38214"},
{"outlook-unavailable", kHard, "no-such-user", "mailbox unavailable", "550 5.5.0 Requested action not taken: mailbox unavailable", Provider::any, "5.5.0", "", Trust::certain},
{"mailbox-unavailable", kHard, "no-such-user", "mailbox unavailable|mailbox is unavailable|mailbox not available|mailbox inactive or|address rejected.|recipient address rejected $|recipient rejected $|recipient rejected.|rejected recipient|recipient refused",
 "550 Requested action not taken: mailbox unavailable", Provider::any, "5"},

{"address-refused", kHard, "no-such-user", "recipient address rejected|recipient rejected|address rejected|recipient refused|unable to deliver|undeliverable", "550 5.1.1 <a@example.org>: Recipient address rejected: example.org", Provider::any, "5.1.1", "", Trust::in_text},


// ---- may work later, or nobody can tell
{"inactive", kSoft, "inactive", "inactive|suspended|not active|is locked|account locked|not activated|temporarily disabled|on hold|mailbox locked|is frozen|not enabled|disabled|mailbox blocked|user blocked|currently unavailable|account is under|is not allowed to receive|not allowed to receive|deferred mailbox|restricted",
 "550 5.2.1 Account inactive"},
{"expired", kSoft, "expired",
 "timed out|timeout|time out|timeout exceeded|retry time|in the queue too long|in queue too long|delivery time expired|message expired|has expired|expired|could not be delivered for|could not be delivered within|could not deliver for|"
 "too old|been failing for|for the last * hours|for more than|failed * attempts|maximum retries|retries|retry limit|still being retried|will keep trying|will continue to|not accept our requests to connect|unable to deliver * days|not be delivered * days|delivery delayed|has been delayed|not yet been delivered|undelivered for|warning only|warning message only|delayed|queue time",
 "retry timeout exceeded"},
{"loop", kSoft, "loop", "too many hops|loops back|mail loop|hop count|maximum hop|loop detected|mail forwarding loop|forwarding loop|routing loop|too many received|best-preference mx|mx list for * points back|lowest numbered mx|local configuration error|loop", "554 5.4.6 Too many hops"},
{"network", kSoft, "network",
 "connection refused|connection reset|connection timed|connection dropped|connection lost|lost connection|connection closed|connection was|connection failed|no route to host|network is unreachable|network error|host unreachable|unreachable|cannot connect|could not connect|"
 "unable to connect|couldn't connect|not responding|did not respond|not respond|no answer|socket error|smtp connection|establish|contacting|unable to contact|connection error|host is down|server is down|not reachable|no connection|connect to|no smtp service|connection to",
 "connect to mx.example.org[192.0.2.1]:25: Connection refused"},
{"system-full", kSoft, "system-full", "insufficient system|insufficient storage|system storage|disk full|no space left|not enough * disk|system full|mail system full|out of disk|filesystem is full|file system full|no disk|low on|insufficient space", "452 4.3.1 Insufficient system storage"},
{"mailer", kSoft, "system",
 "command died|mailer error|unknown mailer|exit status|exited|pipe to|command output|local delivery failed|delivery agent|procmail|mail filter|maildrop|couldn't open|cannot open|can't open|can't create|cannot create|unable to open|unable to create|permission denied|fork|cannot run|aliasing|signal|crashed|child|deliver: |dovecot",
 "Command died with status 1: \"/usr/bin/procmail\""},
{"system", kSoft, "system",
 "system error|local error|internal error|server error|temporary|temporarily|try again|try later|later|server busy|too busy|overload|unexpected|queue file|configuration|misconfig|database|ldap|lookup fail|resources|insufficient|out of memory|unable to process|error in processing|processing|technical|failure|system not|shutting down|not available|service unavailable|service not|maintenance|io error|i/o error|could not",
 "451 4.3.0 Error: queue file write error", Provider::any, "4"},
{"system-permanent", kSoft, "system", "system error|local error|internal error|server error|ldap|configuration|queue file|database|unexpected error|out of memory|i/o error|aborted", "554 5.3.0 Database unreadable, mail cannot be stored"},

// ---- what is left of refusals
{"policy", kBlock, "policy",
 "client host|open proxy|mail content|transaction rejected|access to submit|your access|attachment|organizational settings|no access from|smtp server of your isp|:blocked)|policy|policies|access denied|not allowed|not permitted|prohibited|forbidden|denied|refused|not accepted|unacceptable|administrat|by rule|rejected by|security|violat|restriction|not welcome|ofr_|ofr0|lpn0|service refus|blocked|spf|rejected due|message rejected|transaction failed|rejected for",
 "550 5.7.0 Delivery prohibited"},
{"filtered-by-policy", kBlock, "policy", "filter|reject|not accept|disallow", "553 Message filtered (#5.7.1)", Provider::any, "5.7."},
{"filtered", kSoft, "filtered", "filter|rejected|reject|not accept", "550 Message filtered"},
});
// clang-format on

constexpr auto kAlternatives = split_alternatives<count_alternatives(kRules)>(kRules);

}  // namespace

std::span<const Rule> text_rules() {
  return kRules;
}

std::span<const Alternative> alternatives() {
  return kAlternatives;
}

}  // namespace signpost::feedback
