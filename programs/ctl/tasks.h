// What signpostctl does, a function for each task that its arguments can ask for; each returns the exit code.
#pragma once

#include <optional>

#include "config/load.h"
#include "programs/ctl/options.h"
#include "track/token.h"

namespace signpost::programs {

// ask.cc
int run(AskDaemon ask, const CtlOptions& options);
// keys.cc
int run(const GenerateDkimKey& task, const CtlOptions& options);
int run(const ChangeRing& task, const CtlOptions& options);
int run(const DecodeToken& task, const CtlOptions& options);
// click_map.cc
int run(const DrawMap& task, const CtlOptions& options);
// messages.cc
int run(const RunMessage& task, const CtlOptions& options);
int run(const UndoMessage& task, const CtlOptions& options);
// reports.cc
int run(const ClassifyBounces& task, const CtlOptions& options);
int run(const DiagnoseReply& task, const CtlOptions& options);
int run(const HandIn& task, const CtlOptions& options);

/// The sealer of a key ring's file or, without one, of the configuration, which is loaded for it. In keys.cc.
int find_sealer(const std::string& keys, const CtlOptions& options, config::LoadedConfig& config,
                std::optional<track::Sealer>& own);

}  // namespace signpost::programs
