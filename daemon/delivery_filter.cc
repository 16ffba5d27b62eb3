#include "daemon/delivery_filter.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "system/peer_credentials.h"

namespace signpost::daemon {
namespace {

constexpr mode_t kSocketMode = 0660;
constexpr std::size_t kMaxHints = 5;
constexpr std::size_t kMaxCounted = 50;  ///< providers that `stats` lists
/// A host on a public block list is refused by thousands of others at once.
constexpr std::size_t kLinesAMinute = 20;

std::uint64_t total(const feedback::RefusingProvider& provider) {
  return provider.waited + provider.let_through;
}

void sort_by_total(std::vector<feedback::RefusingProvider>& providers) {
  std::stable_sort(providers.begin(), providers.end(),
                   [](const auto& a, const auto& b) { return total(a) > total(b); });
}

}  // namespace

void DeliveryFilter::start(const std::string& path, const std::string& user) {
  if (const auto opened = open(path, user); !opened) {
    const std::string text =
        opened.error().text + "; results stay as Postfix has them until signpostd is restarted";
    log_.error(text);
    base::MutexLock lock(mutex_);
    problem_ = text;
    return;
  }
  log_.info("answering Postfix about results on " + path);
}

std::string DeliveryFilter::problem() const {
  base::MutexLock lock(mutex_);
  return problem_;
}

base::Result<void> DeliveryFilter::open(const std::string& path, const std::string& user) {
  const auto ids = system::find_user(user);
  if (!ids) return base::invalid("feedback.results_user: there is no user '" + user + "'");
  system::socketmap::ServerSettings settings;
  settings.path = path;
  settings.mode = kSocketMode;
  settings.user = ids->user;
  settings.group = ids->group;
  settings.strangers = &counters_.results_strangers;
  auto server = system::socketmap::Server::start(
      std::move(settings),
      [this](std::string_view map, std::string_view result) { return answer(map, result); }, log_);
  if (!server) return tl::unexpected(base::in_context("feedback.results_socket", server.error()));
  server_ = std::move(*server);
  return {};
}

system::socketmap::Reply DeliveryFilter::answer(std::string_view map, std::string_view result) {
  using system::socketmap::Reply;
  if (map != kMap) return {Reply::Kind::permanent, "the only map here is " + std::string(kMap)};
  ++counters_.results_asked;
  if (!result.starts_with('5')) return {};
  const auto snapshot = snapshots_.get();
  const base::Steady now = clock_.steady();
  feedback::ResultAnswer answer;
  {
    base::MutexLock lock(mutex_);
    answer = refusals_.take(result, snapshot->feedback.wait_at_most, now);
  }
  if (answer.kind == feedback::ResultAnswer::Kind::unchanged) return {};
  ++(answer.kind == feedback::ResultAnswer::Kind::waits ? counters_.results_waited
                                                        : counters_.results_let_through);
  if (answer.is_news) tell(answer, *snapshot, now);
  if (answer.kind == feedback::ResultAnswer::Kind::let_through || snapshot->milter.observe) return {};
  return {Reply::Kind::ok, std::move(answer.text)};
}

void DeliveryFilter::tell(const feedback::ResultAnswer& answer, const milter::Snapshot& snapshot,
                          base::Steady now) {
  if (lines_ == 0 || now - lines_since_ >= std::chrono::minutes(1)) {
    lines_since_ = now;
    lines_ = 0;
  }
  if (++lines_ > kLinesAMinute) return;
  const std::string time = base::format_duration(snapshot.feedback.wait_at_most);
  std::string text = answer.provider + " refuses this host (" + std::string(answer.rule) + "): ";
  if (snapshot.milter.observe)
    text += "nothing is changed in observe mode";
  else if (answer.kind == feedback::ResultAnswer::Kind::waits)
    text += "such mail waits for up to " + time + ", then bounces";
  else
    text += "such mail bounces now, after " + time;
  if (lines_ == kLinesAMinute) text += "; others are not logged for a minute (signpostctl stats counts them)";
  log_.warning(text);
}

std::vector<std::string> DeliveryFilter::hints() const {
  const auto snapshot = snapshots_.get();
  const base::Steady now = clock_.steady();
  std::vector<feedback::RefusingProvider> providers;
  {
    base::MutexLock lock(mutex_);
    providers = refusals_.refusing(snapshot->feedback.wait_at_most, now);
  }
  sort_by_total(providers);
  std::vector<std::string> hints;
  for (const feedback::RefusingProvider& provider : providers) {
    if (hints.size() == kMaxHints) {
      hints.push_back("refused: " + std::to_string(providers.size() - kMaxHints) +
                      " other providers refuse this host");
      break;
    }
    const base::Wall since =
        clock_.wall() - std::chrono::duration_cast<std::chrono::milliseconds>(now - provider.first);
    hints.push_back(
        "refused: " + provider.name + " has refused this host since " + base::format_time(since) + " (" +
        std::string(provider.rule) + "); such mail " +
        (provider.has_let_through || snapshot->milter.observe ? "bounces" : "waits in the queue"));
  }
  return hints;
}

std::vector<commands::ProviderRefusals> DeliveryFilter::refusals() const {
  std::vector<feedback::RefusingProvider> providers;
  {
    base::MutexLock lock(mutex_);
    providers = refusals_.all();
  }
  sort_by_total(providers);
  providers.resize(std::min(providers.size(), kMaxCounted));
  std::vector<commands::ProviderRefusals> counts;
  counts.reserve(providers.size());
  for (feedback::RefusingProvider& provider : providers)
    counts.push_back({std::move(provider.name), provider.waited, provider.let_through});
  return counts;
}

}  // namespace signpost::daemon
