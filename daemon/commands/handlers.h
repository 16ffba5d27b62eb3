// The handlers that the command table names, by the file that holds them.
#pragma once

#include "daemon/commands/table.h"

namespace signpost::daemon::commands {

// suppress.cc
HandlerFunction suppress_add, suppress_del, suppress_check, suppress_list, suppress_stats, suppress_forget,
    hash_address;
// subject.cc
HandlerFunction subject_show, subject_erase;
// import.cc
HandlerFunction suppress_import, suppress_export;
// limit.cc
HandlerFunction limit_list, limit_show, limit_set, limit_reset, limit_top;
// link.cc
HandlerFunction link_block, link_unblock, link_blocked;
// held/
HandlerFunction held_list, held_release, held_drop;
// reports/
HandlerFunction report_bounces, report_campaign, report_list, show_why;
// feedback.cc
HandlerFunction feedback_records, feedback_replay, feedback_take;
// explain.cc
HandlerFunction explain_recipient;
// tenant.cc
HandlerFunction tenant_list, tenant_show, tenant_pause, tenant_resume;
// dkim.cc, dkim_rotate.cc
HandlerFunction dkim_list, dkim_check, dkim_rotate;
// stats.cc
HandlerFunction show_stats, show_metrics;
// daemon.cc
HandlerFunction show_status, reload, show_version, log_level, backup;
// help.cc
HandlerFunction help;

}  // namespace signpost::daemon::commands
