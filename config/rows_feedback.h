// The part of the configuration about what comes back: [feedback], and tenant.bounce_domain's check.
#pragma once

#include <string>
#include <vector>

#include "config/reader/checks.h"
#include "config/reader/table.h"
#include "config/rows_policy.h"
#include "feedback/settings.h"

namespace signpost::config {

struct FeedbackDraft {
  feedback::Settings settings;
  std::string key_file;  ///< empty: no return path is made
};

std::vector<reader::Section> feedback_sections();

/// Reports a bounce domain that would swallow other mail, and settings that have no effect without keys or a domain. Takes the
/// tenants' domains into the draft.
void check_feedback(FeedbackDraft& draft, const PolicyDraft& policy, const KnownNames& known,
                    reader::Checks& checks);

}  // namespace signpost::config
