// Requests and answers about one user's data: erasure and export. Plain values.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::api {

struct ErasedFile {
  std::string path;
  std::uint64_t bytes = 0, user_hits = 0, payload_hits = 0;
  std::uint64_t left = 0;  ///< hits that no row of others explains
};

struct ErasureReport {
  ErrorCode code = ErrorCode::ok;  ///< rate_limited: another erasure is under way; not_supported: by the store
  std::uint64_t events = 0, rooms = 0, producers = 0, connections = 0, revocations_kept = 0, audit_values = 0;
  std::uint64_t mentions = 0, pieces = 0;  ///< of others; of payloads that were searched for
  std::uint64_t audit_mentions = 0;        ///< of the id in what an audit does not forget
  std::uint64_t connected = 0;             ///< connections that the user has all the same
  std::uint64_t rooms_deleted = 0;         ///< that were named after the user
  std::vector<std::string> named_rooms{};  ///< that are, and that have no events of others
  bool is_clean = false;                   ///< nothing is left in what the server shows, nor in the files
  bool is_recording = false;               ///< a flight recorder may have some of it
  std::vector<ErasedFile> files{};
};

/// Where an export continues. Parts are the stores of the server: the durable one, then those of the shards.
struct UserDataQuery {
  std::string user_id;
  std::uint64_t part = 0;
  std::string room;         ///< empty: from the beginning of the part
  std::uint64_t since = 0;  ///< of that room
};

struct UserDataEvent {
  std::string room;
  std::uint64_t epoch = 0;
  core::LogRecord record;
};

struct UserDataPage {
  ErrorCode code = ErrorCode::ok;
  std::vector<UserDataEvent> events{};
  std::optional<UserDataQuery> next{};  ///< nothing: that was all
};

/// As a line of an export has it, by HTTP and by `dialogue export` alike: {"room":...,"epoch":...,"seq":...,"timestamp":...,
/// "event":...,"from":...,"data":...}.
[[nodiscard]] std::string user_event_text(const UserDataEvent& found);
/// As a report of an erasure has it: {"path":...,"bytes":...,"userId":...,"payloads":...,"left":...}.
[[nodiscard]] std::string erased_file_text(const ErasedFile& file);

/// The payload of core::kErasedEvent: {"sequences":[[first,last],...]}.
[[nodiscard]] std::string erased_sequences_text(const std::vector<core::SeqRange>& ranges);

struct ErasureRequest {
  std::string user_id;
  bool deletes_rooms = false;  ///< those that are named after the user and have no events of others
  friend bool operator==(const ErasureRequest&, const ErasureRequest&) = default;
};

using EraseUser = std::function<void(ErasureRequest what, std::function<void(ErasureReport)> done)>;
using FindUserData = std::function<void(UserDataQuery query, std::function<void(UserDataPage)> done)>;

}  // namespace dialogue::api
