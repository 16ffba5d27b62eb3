// A newsletter as it may be shown to an operator: its text and its layout, without anything that runs, is
// loaded or leads anywhere. Kept beside the skeleton where the operator asks for it. Pure: a rewritten
// message in, HTML of our own writing out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message.h"
#include "track/token.h"

namespace signpost::campaign {

constexpr std::size_t kMaxSample = 512u << 10;  ///< bytes

/// Of the HTML parts of a message as rewrite left it. Only elements and attributes of layout and text stay,
/// written anew and closed; images become frames of their size; a tracked link becomes an `<a>` that has its
/// index and leads nowhere. UTF-8. Linear; what is beyond kMaxSample is cut off.
std::string make_sample(const std::vector<mail::Field>& fields, std::string_view body,
                        const track::Sealer& sealer);

/// Gives `sample`, which make_sample wrote, in pieces: all between links through `text`, each link's
/// index through `link`.
void split_sample(std::string_view sample, const std::function<void(std::string_view)>& text,
                  const std::function<void(std::uint16_t)>& link);

}  // namespace signpost::campaign
