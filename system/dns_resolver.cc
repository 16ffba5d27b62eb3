// libunbound calls back in the thread that processes; so all state of a look-up belongs to that thread.
// What is still open at the deadline is cancelled, after which no call comes for it.
#include "system/dns_resolver.h"

#include <algorithm>
#include <utility>

#include <poll.h>
#include <unbound.h>

#include "base/ip.h"
#include "base/text.h"

namespace signpost::system {
namespace {

constexpr std::size_t kMaxOpen = 64;     ///< questions on the way at the same time
constexpr std::size_t kMaxTexts = 32;    ///< records of one answer that are looked at
constexpr std::size_t kMaxText = 16384;  ///< octets of one record; a key of 16,384 bits has 3,000
constexpr int kTypeTxt = 16;             // RFC 1035 §3.2.2
constexpr int kClassIn = 1;
constexpr int kNoError = 0;  // RFC 1035 §4.1.1
constexpr int kNxDomain = 3;

using Steady = std::chrono::steady_clock;

/// The strings of one TXT record, joined (RFC 1035 §3.3.14). False if they do not fill the data.
bool join_strings(std::string_view data, std::string& text) {
  while (!data.empty()) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(data.front()));
    data.remove_prefix(1);
    if (length > data.size() || text.size() + length > kMaxText) return false;
    text.append(data.substr(0, length));
    data.remove_prefix(length);
  }
  return true;
}

TxtAnswer failed(std::string why) {
  return {TxtAnswer::Kind::failed, {}, std::move(why)};
}

TxtAnswer read_result(const ub_result& result) {
  if (result.rcode == kNxDomain) return {TxtAnswer::Kind::absent, {}, "NXDOMAIN"};
  if (result.bogus != 0) return failed("DNSSEC validation failed");
  if (result.rcode != kNoError) return failed("rcode " + std::to_string(result.rcode));
  if (result.havedata == 0) return {TxtAnswer::Kind::absent, {}, "no TXT record"};
  TxtAnswer answer{TxtAnswer::Kind::found, {}, {}};
  for (std::size_t i = 0; result.data[i] != nullptr && i < kMaxTexts; ++i) {
    std::string text;
    if (!join_strings({result.data[i], static_cast<std::size_t>(result.len[i])}, text))
      return failed("the record cannot be parsed");
    answer.texts.push_back(std::move(text));
  }
  return answer;
}

/// One question of a look-up.
struct Question {
  TxtAnswer answer = failed("timeout");
  int id = 0;
  bool open = false;
  std::size_t* open_count = nullptr;
};

void on_answer(void* user, int error, ub_result* result) {
  auto& question = *static_cast<Question*>(user);
  question.open = false;
  --*question.open_count;
  question.answer = error != 0 ? failed(ub_strerror(error)) : read_result(*result);
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
    const int error =
        ub_resolve_async(ctx, name.c_str(), kTypeTxt, kClassIn, &question, on_answer, &question.id);
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
  if (error != 0) return base::fail(base::ErrorKind::unavailable, ub_strerror(error));
  return std::unique_ptr<DnsResolver>(new DnsResolver(std::move(context)));
}

std::vector<TxtAnswer> DnsResolver::look_up(const std::vector<std::string>& names,
                                            std::chrono::milliseconds deadline) {
  std::vector<Question> questions(names.size());
  std::size_t open = 0;
  std::size_t next = 0;
  const auto end = Steady::now() + deadline;
  while (open > 0 || next < names.size()) {
    for (; next < names.size() && open < kMaxOpen; ++next) {
      questions[next].open_count = &open;
      context_->ask(names[next], questions[next]);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Steady::now());
    if (left.count() <= 0) break;
    pollfd ready{ub_fd(context_->ctx), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1000))) > 0)
      ub_process(context_->ctx);
  }
  std::vector<TxtAnswer> answers;
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
