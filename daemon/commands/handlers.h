// The handlers that the command table names, by the file that holds them.
#pragma once

#include "daemon/commands/table.h"

namespace signpost::daemon::commands {

// control_suppress.cc
HandlerFunction suppress_add, suppress_del, suppress_check, suppress_list, suppress_stats, suppress_forget,
    hash_address;
// control_subject.cc
HandlerFunction subject_show, subject_erase;
// control_import.cc
HandlerFunction suppress_import, suppress_export;
// control_limit.cc
HandlerFunction limit_list, limit_show, limit_set, limit_reset, limit_top;
// control_link.cc
HandlerFunction link_block, link_unblock, link_blocked;
// control_report.cc
HandlerFunction report_campaign;
// control_explain.cc
HandlerFunction explain_recipient;
// control_tenant.cc
HandlerFunction tenant_list, tenant_show, tenant_pause, tenant_resume;
// control_daemon.cc
HandlerFunction dkim_list, dkim_check, dkim_rotate, show_stats, show_status, show_metrics, reload,
    show_version, log_level, backup;
// control_help.cc
HandlerFunction help;

}  // namespace signpost::daemon::commands
