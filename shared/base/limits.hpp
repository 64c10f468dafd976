// Every bound that both ends know, named once: unit, then Max or Min, last.
// Sources: docs/protocol.md ("Limits"); a figure without a source there is a measured or chosen default.
// Immutable; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dialogue {

/// Largest integer that a JavaScript number holds exactly (ECMA-262, Number.MAX_SAFE_INTEGER).
inline constexpr std::uint64_t kSafeIntegerMax = 9007199254740991ULL;

inline constexpr std::size_t kMessageBytesMax = 64 * 1024;  ///< one transport message, all its frames
inline constexpr std::size_t kBatchFramesMax = 16;          ///< frames in one transport message
inline constexpr std::size_t kBatchBytesMax = 16 * 1024;    ///< one transport message that holds more than one frame
/// The most bytes that EVENT adds to a payload: six integers, a user id with every byte escaped, and the rest of the form. A
/// payload may have at most kMessageBytesMax minus this, so that the server can send each payload that a client may send.
inline constexpr std::size_t kEventEnvelopeBytesMax = 512;
inline constexpr std::size_t kFrameIntegersMax = 8;       ///< leading integers of a frame, type included
inline constexpr std::size_t kJsonDepthMax = 32;          ///< nested arrays and objects in one payload
inline constexpr std::size_t kNameBytesMax = 128;         ///< event name, room id, user id
inline constexpr std::size_t kCallNameBytesMax = 96;      ///< name of a call or stream
inline constexpr std::size_t kCallErrorBytesMax = 24;     ///< code of an error that a call declares
inline constexpr std::size_t kDisplayNameBytesMax = 256;  ///< "name" of a room or user
inline constexpr std::size_t kMetaBytesMax = 1024;        ///< meta of an identity, as JSON
inline constexpr std::size_t kRoomsPerConnectionMax = 128;
inline constexpr std::size_t kTokenBytesMax = 8 * 1024;
inline constexpr std::size_t kErrorPathBytesMax = 256;  ///< longer paths end in "..."
inline constexpr std::size_t kCatalogueEventsMax = 4096;
inline constexpr std::size_t kCatalogueRoomsMax = 4096;
inline constexpr std::size_t kCatalogueBytesMax = 1024 * 1024;
inline constexpr std::size_t kPageEventsMax = 100;            ///< of one page of history or of catching up
inline constexpr std::size_t kPageBytesMax = 40 * 1024;       ///< payloads of such a page, when it has more than one event
inline constexpr std::size_t kListEntriesUsual = 100;         ///< rooms, users or members per page, by default
inline constexpr std::size_t kListEntriesMax = 1000;          ///< the most per page
inline constexpr std::size_t kStateBytesMax = 2048;           ///< of a session's state of presence, as JSON
inline constexpr std::size_t kStatesPerRoomMax = 16384;       ///< sessions, and users, with a state in a room
inline constexpr std::size_t kStatesPerUserMax = 16;          ///< sessions of a user in a room
inline constexpr std::size_t kStatePageUsersMax = 200;        ///< of one page of states
inline constexpr std::size_t kStatePageBytesMax = 40 * 1024;  ///< of a page or a report, when it has more than one user
inline constexpr std::uint64_t kStatesRateMax = 50;           ///< reports of a room per second
inline constexpr std::uint64_t kStatesGraceMaxMs = 300'000;
inline constexpr std::size_t kCallsMax = 1024;           ///< calls and streams in progress, of one connection
inline constexpr std::uint64_t kCallTimeoutMs = 10'000;  ///< of a call whose definition sets none
inline constexpr std::uint64_t kCallTimeoutMaxMs = 600'000;
inline constexpr std::uint64_t kStreamWindow = 16;       ///< items that a stream's receiver grants at first
inline constexpr std::uint64_t kStreamWindowMax = 1024;  ///< the most that it grants at a time
inline constexpr std::size_t kPublishInFlightMax = 64;   ///< unanswered publications per producer and room

/// Requests of one connection that read: the burst, then one for each share of the window (HISTORY, LIST, CAN, SUBSCRIBE,
/// UNSUBSCRIBE).
inline constexpr std::uint64_t kReadRequestsMax = 200;
inline constexpr std::uint64_t kReadRequestsWindowMs = 10'000;
inline constexpr std::uint64_t kHelloTimeoutMs = 10'000;     ///< connection accepted -> HELLO complete
inline constexpr std::size_t kConnectionsPerUserMax = 100;   ///< concurrently, by default
inline constexpr std::uint64_t kTokenGraceMs = 25'000;       ///< a connection continues for this time after its token has expired
inline constexpr std::uint64_t kPingIntervalMs = 25'000;     ///< silence towards a client before PING
inline constexpr std::uint64_t kPingReplyTimeoutMs = 8'000;  ///< and before the connection counts as dead
inline constexpr std::uint64_t kClosingTimeoutMs = 5'000;    ///< Close sent -> socket closed whatever the peer does
inline constexpr std::uint64_t kWriteStallTimeoutMs = 10'000;  ///< no byte accepted by the peer's socket
inline constexpr std::uint64_t kReconnectDelayMinMs = 500;     ///< full jitter grows from here
inline constexpr std::uint64_t kReconnectDelayMaxMs = 20'000;  ///< to here
inline constexpr std::uint64_t kProducerAgeMs = 86'400'000;    ///< producers are remembered for this, and while their events are
inline constexpr std::uint64_t kSlotTtlMs = 120'000;           ///< a lost session's places in its rooms are kept
inline constexpr std::uint64_t kRoomIdleMs = 60'000;           ///< an empty pattern room is freed after this

}  // namespace dialogue
