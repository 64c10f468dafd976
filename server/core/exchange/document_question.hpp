// The built-in stream of a document: CALL of entry 0. Its request names a document of a room that the connection is a member of,
// and the state vector of the client's copy. The connection's events carry what is newer, so a member that asks misses nothing.
// Pure; used by the shard of the connection.
#pragma once
#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>

#include "server/core/connection/connection.hpp"
#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/error.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

inline constexpr std::string_view kDocumentStream = "dialogue.document";
inline constexpr std::uint32_t kDocumentCall = std::numeric_limits<std::uint32_t>::max();  ///< Exchange::call of that stream

/// Its kind and bounds; it has no schema.
[[nodiscard]] const CallDefinition& document_stream();

/// Reads a request of the built-in stream of documents; returns the error request_invalid or not_joined if it is refused.
[[nodiscard]] std::variant<DocumentQuery, Error> read_document_question(Connection& connection, std::string_view request);

}  // namespace dialogue::core
