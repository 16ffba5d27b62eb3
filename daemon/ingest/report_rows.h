// Which rows of a report count, and under which name the store knows that one was taken.
#pragma once

#include <string>
#include <vector>

#include "daemon/ingest/report_effect.h"
#include "feedback/report.h"
#include "feedback/return_path.h"

namespace signpost::daemon::ingest {

/// The source of a fact's mark (store/changes): `name` as RowEffect has it, or any other that is unique.
std::string report_source(const std::string& name);

/// Whether the row is about the recipient whom the token or the sealed id names.
bool is_about(const feedback::Row& row, const ReturnedTo& to, const feedback::ReturnPaths& paths);

/// The first 20, and the one about the token's recipient behind them: so many lines of the log one report may cause. A genuine one to a return
/// path of one recipient has one row.
std::vector<feedback::Row> rows_to_take(const feedback::Report& report, const ReturnedTo& to,
                                        const feedback::ReturnPaths& paths);

}  // namespace signpost::daemon::ingest
