// The part of the configuration about what comes back: [feedback], and tenant.bounce_domain's check. Its socket is one of
// ProcessSettings.
#pragma once

#include <string>
#include <vector>

#include "config/process_settings.h"
#include "config/reader/checks.h"
#include "config/reader/table.h"
#include "config/rows_policy.h"
#include "feedback/settings.h"
#include "system/files.h"

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

/// Reports a results socket that cannot be opened: its directory or its user does not exist, or another socket is there.
void check_results(const ProcessSettings& process, const system::Files& files, reader::Checks& checks);

}  // namespace signpost::config
