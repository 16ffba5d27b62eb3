// The numbers of the milter protocol, version 6, written from the protocol itself and not from libmilter's
// header: so that a test that agrees with the daemon agrees with more than its own library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace signpost::tests::wire {

// MTA to filter.
inline constexpr char kNegotiate = 'O', kMacro = 'D', kConnect = 'C', kHelo = 'H', kMail = 'M', kRcpt = 'R',
                      kData = 'T', kHeader = 'L', kEndOfHeaders = 'N', kBody = 'B', kEndOfBody = 'E',
                      kAbort = 'A', kQuit = 'Q';

// Filter to MTA: answers.
inline constexpr char kContinue = 'c', kAccept = 'a', kReject = 'r', kTempfail = 't', kDiscard = 'd',
                      kSkip = 's', kReplyCode = 'y', kProgress = 'p';

// Filter to MTA: edits, at end of message only.
inline constexpr char kAddHeader = 'h', kInsertHeader = 'i', kChangeHeader = 'm', kReplaceBody = 'b',
                      kAddRecipient = '+', kDeleteRecipient = '-', kChangeSender = 'e', kQuarantine = 'q';

// Actions that the filter may be granted.
inline constexpr std::uint32_t kMayAddHeaders = 0x01, kMayChangeBody = 0x02, kMayAddRecipients = 0x04,
                               kMayDeleteRecipients = 0x08, kMayChangeHeaders = 0x10, kMayQuarantine = 0x20,
                               kMayChangeSender = 0x40;

// Steps that the filter may decline, and replies that it may waive.
inline constexpr std::uint32_t kNoConnect = 0x01, kNoHelo = 0x02, kNoMail = 0x04, kNoRcpt = 0x08,
                               kNoBody = 0x10, kNoHeaders = 0x20, kNoEndOfHeaders = 0x40, kNoData = 0x200;
inline constexpr std::uint32_t kWaiveHeader = 0x80, kWaiveConnect = 0x1000, kWaiveHelo = 0x2000,
                               kWaiveMail = 0x4000, kWaiveRcpt = 0x8000, kWaiveData = 0x10000,
                               kWaiveEndOfHeaders = 0x40000, kWaiveBody = 0x80000, kLeadingSpace = 0x100000;

/// The largest piece of a body in one packet.
inline constexpr std::size_t kChunk = 65535;

}  // namespace signpost::tests::wire
