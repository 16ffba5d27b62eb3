// The part of the configuration about the process itself: [milter], [control], [store], [log], [retention],
// [report]. Its rows fill ProcessSettings and milter::Settings, which are parts of their own: the rows of other
// tables add to them.
#pragma once

#include <string>
#include <vector>

#include "config/process_settings.h"
#include "config/reader/checks.h"
#include "config/reader/table.h"
#include "milter/snapshot.h"
#include "system/files.h"

namespace signpost::config {

std::vector<reader::Section> process_sections();

/// Reports groups that do not exist, sockets that too many can reach, settings that exclude each other.
void check_process(const ProcessSettings& process, const milter::Settings& milter,
                   const std::string& suppression_key_file, const system::Files& files,
                   reader::Checks& checks);

}  // namespace signpost::config
