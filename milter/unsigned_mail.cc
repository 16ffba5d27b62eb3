#include "milter/unsigned_mail.h"

#include <algorithm>

namespace signpost::milter {
namespace {

using dkim::Unsigned;
using policy::Why;
using enum UnsignedAction;

constexpr UnsignedRow kRows[] = {
    {Unsigned::no_from, "on_no_from", &UnsignedRules::on_no_from, accept, refuse, Why::not_signed,
     "No author in From"},
    {Unsigned::empty_group, "on_no_from", &UnsignedRules::on_no_from, accept, refuse, Why::not_signed,
     "No author in From"},
    {Unsigned::several_from, "on_bad_from", &UnsignedRules::on_bad_from, accept, refuse, Why::not_signed,
     "More than one From"},
    {Unsigned::bad_from, "on_bad_from", &UnsignedRules::on_bad_from, accept, refuse, Why::not_signed,
     "From cannot be read"},
    {Unsigned::several_authors, "on_several_authors", &UnsignedRules::on_several_authors, accept, refuse,
     Why::not_signed, "More than one author in From"},
    {Unsigned::foreign_domain, "foreign_from", &UnsignedRules::foreign_from, accept, refuse,
     Why::foreign_from, "From belongs to another account"},
    {Unsigned::no_key_for_domain, "on_no_key", &UnsignedRules::on_no_key, accept, refuse, Why::no_key,
     "No signing key for the From domain"},
    {Unsigned::key_of_other_tenant, "on_no_key", &UnsignedRules::on_no_key, accept, refuse, Why::no_key,
     "No signing key for the From domain"},
    {Unsigned::key_waiting, "on_no_key", &UnsignedRules::on_no_key, accept, defer, Why::no_key,
     "No signing key for the From domain"},
    {Unsigned::key_unreadable, "on_sign_error", &UnsignedRules::on_sign_error, defer, defer, Why::sign_error,
     "Temporary failure"},
    {Unsigned::sign_error, "on_sign_error", &UnsignedRules::on_sign_error, defer, defer, Why::sign_error,
     "Temporary failure"},
    // It would never be signed: waiting does not help.
    {Unsigned::too_many_fields, "unsigned", nullptr, accept, refuse, Why::not_signed,
     "Too many header fields to sign"},
};

UnsignedAction action_of(const UnsignedRules& rules, const UnsignedRow& row) {
  const auto given = row.given != nullptr ? rules.*row.given : std::nullopt;
  return given.value_or(rules.strict ? row.strictly : row.usually);
}

}  // namespace

std::span<const UnsignedRow> unsigned_rows() {
  return kRows;
}

policy::Verdict judge_unsigned(const UnsignedRules& rules, dkim::Unsigned why, bool is_report) {
  const auto* const row = std::find_if(std::begin(kRows), std::end(kRows),
                                       [why](const UnsignedRow& one) { return one.why == why; });
  if (row == std::end(kRows) || is_report) return {};
  switch (action_of(rules, *row)) {
    case accept:
      return {};
    case refuse:
      return {policy::Action::refuse, row->reason, row->setting, {550, "5.7.1", row->text}};
    case defer:
      break;
  }
  if (row->reason == Why::sign_error)
    return {policy::Action::defer, row->reason, {}, {451, "4.3.0", row->text}};
  return {policy::Action::defer, row->reason, row->setting, {451, "4.7.1", std::string(row->text) + " yet"}};
}

bool stops_unsigned(const UnsignedRules& rules) {
  return std::any_of(std::begin(kRows), std::end(kRows), [&](const UnsignedRow& row) {
    return row.reason != Why::sign_error && action_of(rules, row) != accept;
  });
}

}  // namespace signpost::milter
