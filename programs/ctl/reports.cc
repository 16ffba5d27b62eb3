// Bounces and complaints without a daemon: what a report means, and what a refusal means.
#include "feedback/answers.h"
#include "feedback/listing.h"
#include "programs/ctl/output.h"
#include "programs/ctl/tasks.h"
#include "system/exit_codes.h"
#include "system/file.h"

namespace signpost::programs {
namespace {

constexpr std::size_t kMaxReportFile = 256UL * 1024 * 1024;  ///< feedback/report looks at the beginning only

}  // namespace

/// Each file by itself: one that cannot be read does not keep the others from being judged.
int run(const ClassifyBounces& task, const CtlOptions&) {
  int code = system::kExitOk;
  const std::vector<std::string> files = task.files.empty() ? std::vector<std::string>{"-"} : task.files;
  for (const std::string& file : files) {
    const auto raw =
        system::read_file(file == "-" ? std::string("/dev/stdin") : file, {.max_bytes = kMaxReportFile});
    if (!raw) {
      code = file_failed(raw.error(), system::kExitNoPermission);
      continue;
    }
    const auto form = task.json ? feedback::ListingForm::json : feedback::ListingForm::columns;
    const int written = put(feedback::format_listing(file, feedback::parse_report(*raw), form));
    if (written != system::kExitOk) return written;
  }
  return code;
}

int run(const DiagnoseReply& task, const CtlOptions&) {
  return put(feedback::format_diagnosis(feedback::diagnose(task.reply), task.json));
}

}  // namespace signpost::programs
