// Puts the rows of all parts together.
#include "config/sections.h"

#include <iterator>
#include <utility>

#include "config/rows_feedback.h"
#include "config/rows_message.h"
#include "config/rows_policy.h"
#include "config/rows_process.h"
#include "config/shared/tracking.h"
#include "config/shared/web_settings.h"

namespace signpost::config {
namespace {

std::vector<reader::Section> all_sections() {
  std::vector<reader::Section> all = process_sections();
  for (auto part : {policy_sections(), message_sections(), feedback_sections(), shared::tracking_sections(),
                    shared::web_sections()}) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  return reader::with_defaults(std::move(all));
}

}  // namespace

const std::vector<reader::Section>& settings_table() {
  static const std::vector<reader::Section> table = all_sections();
  return table;
}

const std::vector<std::string>& later_sections() {
  static const std::vector<std::string> names = {"preflight", "lint", "notify"};
  return names;
}

}  // namespace signpost::config
