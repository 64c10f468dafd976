// Bounds of the namespaces that a program serves to Socket.IO clients. Constants.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dialogue::socketio {

inline constexpr std::size_t kNamespacesMax = 64;        ///< that one program registers
inline constexpr std::size_t kRoomsPerSocketMax = 1000;  ///< a further join() is ignored, and logged
inline constexpr std::size_t kRoomBytesMax = 256;        ///< of a room's name
inline constexpr std::size_t kAcksPerSocketMax = 1024;   ///< emit_with_ack() that a client has not answered; then `busy`
inline constexpr std::size_t kAttachmentsMax = 64;       ///< binary arguments of one event
inline constexpr std::size_t kEventBytesMax = 128;       ///< of an event's name
inline constexpr std::size_t kFetchedMax = 1000;         ///< sockets of one page
inline constexpr std::size_t kTargetRoomsMax = 1000;     ///< rooms that one emit() names, and that it leaves out
/// Bytes of calls that wait for one thread, each with kCallBytes for itself; then calls are `busy`.
inline constexpr std::size_t kWaitingBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kCallBytes = 512;
inline constexpr std::uint64_t kMiddlewareTimeoutMs = 15'000;      ///< of all middleware of a namespace together
inline constexpr std::uint64_t kAckTimeoutMsMax = 24 * 3'600'000;  ///< a longer one is cut to this

}  // namespace dialogue::socketio
