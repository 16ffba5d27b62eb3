#include "web/app.h"

#include <string>
#include <string_view>

namespace signpost::web {
namespace {

/// Only once this is on disk may it be said to be done.
bool must_be_kept(const track::Hit& hit) {
  return hit.kind == track::HitKind::unsubscribe || hit.kind == track::HitKind::undo;
}

class MetricsText {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  /// `labels`: `a="b",c="d"`, values without quotes or backslashes.
  void value(std::uint64_t number, std::string_view labels = {}) {
    text_ += name_;
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(std::to_string(number)).append("\n");
  }
  void single(std::string_view name, std::string_view type, std::string_view help, std::uint64_t number) {
    family(name, type, help);
    value(number);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

}  // namespace

void WebApp::answer(const system::HttpRequest& request, const system::HttpReply& reply) {
  const auto state = this->state();
  web::Moment moment{state->blocks.get(), {}, clock_.wall()};
  if (spool_.counts().failing) moment.failures.push_back("spool-failing");
  if (state->blocks_are_old) moment.failures.push_back("blocks-missing");
  web::Answer answer = web::respond(request, *state->site, moment);
  ++responses_[answer.response.status];
  if (answer.hit) ++hits_[{answer.hit->kind, answer.hit->grade}];

  if (!answer.hit || !must_be_kept(*answer.hit)) {
    if (answer.hit) spool_.add(*answer.hit);
    return reply(std::move(answer.response));
  }
  spool_.add_durably(*answer.hit, [reply, response = std::move(answer.response),
                                   instead = web::unavailable_response(request, *state->site)](bool kept) {
    reply(kept ? response : instead);
  });
}

void WebApp::answer_metrics(const system::HttpRequest& request, const system::HttpReply& reply,
                            const system::HttpCounts& http) const {
  if (request.target != "/metrics")
    return reply(
        {404, "text/plain; charset=utf-8", {}, {}, "Not found: this listener serves /metrics only.\n"});
  if (request.method != "GET" && request.method != "HEAD") {
    return reply(
        {405, "text/plain; charset=utf-8", {}, "GET, HEAD", "Method not allowed: use GET or HEAD.\n"});
  }
  reply({200, "text/plain; version=0.0.4; charset=utf-8", {}, {}, format_metrics(http)});
}

std::string WebApp::format_metrics(const system::HttpCounts& http) const {
  const SpoolCounts spool = spool_.counts();
  MetricsText metrics;
  metrics.family("signpost_web_responses_total", "counter", "HTTP responses sent, by status code.");
  for (const auto& [status, count] : responses_)
    metrics.value(count, "status=\"" + std::to_string(status) + "\"");
  metrics.family("signpost_web_hits_total", "counter",
                 "Clicks, opens, unsubscribes and undone unsubscribes, by kind and grade (human, prefetch, "
                 "scanner, privacy).");
  for (const auto& [key, count] : hits_) {
    metrics.value(count, std::string("kind=\"") + track::hit_word(key.first) + "\",grade=\"" +
                             track::grade_word(key.second) + "\"");
  }
  metrics.single("signpost_web_malformed_total", "counter", "Malformed HTTP requests received.",
                 http.malformed);
  metrics.single("signpost_web_connections_total", "counter", "Client connections accepted.",
                 http.connections);
  metrics.single("signpost_web_connections_open", "gauge", "Client connections currently open.", http.open);
  metrics.single("signpost_web_evicted_total", "counter",
                 "Slow connections closed to make room for new ones.", http.evicted);
  metrics.single("signpost_web_timed_out_total", "counter",
                 "Connections closed because the client took too long.", http.timed_out);
  metrics.single("signpost_web_spool_kept_total", "counter", "Hits written to the spool.", spool.kept);
  metrics.single("signpost_web_spool_lost_total", "counter",
                 "Clicks and opens lost because they could not be written to the spool.", spool.lost);
  metrics.single("signpost_web_spool_refused_total", "counter",
                 "Unsubscribes and undone unsubscribes answered with 503 "
                 "because they could not be written to the spool.",
                 spool.refused);
  metrics.single("signpost_web_spool_failing", "gauge", "1 if the last write to the spool failed.",
                 spool.failing ? 1 : 0);
  metrics.single("signpost_web_blocks_old", "gauge",
                 "1 if the file of disabled links (web.blocked_links) is missing or damaged.",
                 state()->blocks_are_old ? 1 : 0);
  return metrics.take();
}

void WebApp::publish(WebState next) {
  auto fresh = std::make_shared<const WebState>(std::move(next));
  base::MutexLock lock(mutex_);
  state_.swap(fresh);
}

std::shared_ptr<const WebState> WebApp::state() const {
  base::MutexLock lock(mutex_);
  return state_;
}

}  // namespace signpost::web
