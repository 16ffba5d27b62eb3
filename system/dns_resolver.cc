// libunbound calls back in the thread that processes answers, so all state of a lookup belongs to that thread.
// Questions that are open at the deadline are cancelled; after that there are no calls for them.
#include "system/dns_resolver.h"

#include <algorithm>
#include <utility>

#include <poll.h>
#include <unbound.h>

#include "base/ip.h"
#include "base/text.h"
#include "system/dns_records.h"

namespace signpost::system {
namespace {

constexpr std::size_t kMaxOpen = 64;     ///< questions that are open at the same time
constexpr std::size_t kMaxRecords = 64;  ///< of one answer that are read
constexpr int kClassIn = 1;
constexpr int kNoError = 0;  // RFC 1035 §4.1.1
constexpr int kNxDomain = 3;

using Steady = std::chrono::steady_clock;

/// RFC 1035 §3.2.2, RFC 3596 §2.1.
int type_code(DnsType type) {
  switch (type) {
    case DnsType::a:
      return 1;
    case DnsType::aaaa:
      return 28;
    case DnsType::mx:
      return 15;
    case DnsType::ptr:
      return 12;
    case DnsType::txt:
      break;
  }
  return 16;
}

DnsAnswer without_records(DnsAnswer::Kind kind, std::string why) {
  DnsAnswer answer;
  answer.kind = kind;
  answer.why = std::move(why);
  return answer;
}

DnsAnswer failed(std::string why) {
  return without_records(DnsAnswer::Kind::failed, std::move(why));
}

DnsAnswer absent(std::string why) {
  return without_records(DnsAnswer::Kind::absent, std::move(why));
}

DnsAnswer read_result(DnsType type, const ub_result& result) {
  if (result.rcode == kNxDomain) return absent("NXDOMAIN");
  if (result.bogus != 0) return failed("DNSSEC validation failed");
  if (result.rcode != kNoError) return failed("rcode " + std::to_string(result.rcode));
  if (result.havedata == 0) return absent(std::string("no ") + dns_type_word(type) + " record");
  DnsAnswer answer;
  answer.kind = DnsAnswer::Kind::found;
  for (std::size_t i = 0; result.data[i] != nullptr && i < kMaxRecords; ++i) {
    const std::string_view data{result.data[i], static_cast<std::size_t>(result.len[i])};
    if (const auto added = add_dns_record(type, data, answer); !added) return failed(added.error().text);
  }
  return answer;
}

/// One question of a lookup.
struct Question {
  DnsType type = DnsType::txt;
  DnsAnswer answer = failed("timeout");
  int id = 0;
  bool open = false;
  std::size_t* open_count = nullptr;
};

void on_answer(void* user, int error, ub_result* result) {
  auto& question = *static_cast<Question*>(user);
  question.open = false;
  --*question.open_count;
  question.answer = error != 0 ? failed(ub_strerror(error)) : read_result(question.type, *result);
  ub_resolve_free(result);
}

}  // namespace

struct DnsResolver::Context {
  ub_ctx* ctx = nullptr;
  ~Context() {
    if (ctx != nullptr) ub_ctx_delete(ctx);
  }
  void ask(const std::string& name, Question& question) const {
    question.open = true;
    ++*question.open_count;
    const int error = ub_resolve_async(ctx, name.c_str(), type_code(question.type), kClassIn, &question,
                                       on_answer, &question.id);
    if (error == 0) return;
    question.open = false;
    --*question.open_count;
    question.answer = failed(ub_strerror(error));
  }
};

DnsResolver::DnsResolver(std::unique_ptr<Context> context) : context_(std::move(context)) {}
DnsResolver::~DnsResolver() = default;

base::Result<std::unique_ptr<DnsResolver>> DnsResolver::create(const std::vector<DnsServer>& servers) {
  auto context = std::make_unique<Context>();
  context->ctx = ub_ctx_create();
  if (context->ctx == nullptr) return base::fail(base::ErrorKind::unavailable, "libunbound cannot start");
  int error = ub_ctx_async(context->ctx, 1);  // a thread, not a process
  for (const DnsServer& server : servers) {
    const std::string where = server.address + "@" + std::to_string(server.port);
    if (error == 0) error = ub_ctx_set_fwd(context->ctx, where.c_str());
  }
  if (error == 0 && servers.empty()) error = ub_ctx_resolvconf(context->ctx, nullptr);
  if (error == 0) error = ub_ctx_set_option(context->ctx, "do-not-query-localhost:", "no");
  // Otherwise unbound itself answers PTR questions about private networks with NXDOMAIN; the site's servers
  // know better.
  if (error == 0) error = ub_ctx_set_option(context->ctx, "unblock-lan-zones:", "yes");
  if (error != 0) return base::fail(base::ErrorKind::unavailable, ub_strerror(error));
  return std::unique_ptr<DnsResolver>(new DnsResolver(std::move(context)));
}

std::vector<DnsAnswer> DnsResolver::look_up(const std::vector<DnsQuestion>& asked,
                                            std::chrono::milliseconds deadline) {
  std::vector<Question> questions(asked.size());
  std::size_t open = 0;
  std::size_t next = 0;
  const auto end = Steady::now() + deadline;
  while (open > 0 || next < asked.size()) {
    for (; next < asked.size() && open < kMaxOpen; ++next) {
      questions[next].open_count = &open;
      questions[next].type = asked[next].type;
      context_->ask(asked[next].name, questions[next]);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Steady::now());
    if (left.count() <= 0) break;
    pollfd ready{ub_fd(context_->ctx), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1000))) > 0)
      ub_process(context_->ctx);
  }
  std::vector<DnsAnswer> answers;
  answers.reserve(questions.size());
  for (Question& question : questions) {
    if (question.open) ub_cancel(context_->ctx, question.id);
    answers.push_back(std::move(question.answer));
  }
  return answers;
}

base::Result<DnsServer> parse_dns_server(std::string_view text) {
  const auto bad = [text] {
    return base::invalid("'" + std::string(text) +
                         "' is not an address such as 127.0.0.1, 192.0.2.53:5353 or "
                         "[2001:db8::1]:53");
  };
  DnsServer server;
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return bad();
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else if (const std::size_t colon = text.find(':');
             colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (!port.empty()) {
    const auto number = base::parse_number(port.substr(1));
    if (port.front() != ':' || !number || *number < 1 || *number > 65535) return bad();
    server.port = static_cast<unsigned>(*number);
  }
  const auto address = base::parse_ip(host);
  if (!address) return bad();
  server.address = base::format_ip(*address);
  return server;
}

std::string format_dns_server(const DnsServer& server) {
  const bool is_v6 = server.address.find(':') != std::string::npos;
  return (is_v6 ? "[" + server.address + "]" : server.address) + ":" + std::to_string(server.port);
}

}  // namespace signpost::system
