// Reading what callers send: bodies are checked against the schemas of the table by the same validator that checks payloads, and
// then taken apart. Immutable once made; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/api/api_types.hpp"
#include "server/api/privacy/event_erasure.hpp"
#include "server/api/remote_call.hpp"
#include "server/core/access/revocation.hpp"
#include "server/core/messages/shard_message.hpp"
#include "shared/catalogue/catalogue.hpp"

namespace dialogue::api {

/// One event to publish, as it stood in a body, and for whom: a room, a user or a session. `data` points into the body.
struct PublicationBody {
  std::string room, user, session, event, from;
  std::string_view data, as;  ///< as: the user that it is published for, an object; empty: none
  bool deletes = false;       ///< the key that the data has
};

class ApiBodies {
 public:
  ApiBodies();

  /// What is wrong with `body` by the schema of this name; ok: nothing.
  [[nodiscard]] core::Error check(std::string_view schema, std::string_view body) const;

 private:
  std::vector<std::uint8_t> bytes_;
  CatalogueView catalogue_;
};

/// A body that fits its schema. Nothing when one of its names holds a NUL.
[[nodiscard]] std::optional<PublicationBody> read_publication(std::string_view body);
[[nodiscard]] std::optional<std::vector<PublicationBody>> read_batch(std::string_view body);

/// A body that fits its schema. Nothing when one of its names holds a NUL.
[[nodiscard]] std::optional<Emission> read_emission(std::string_view body);

/// A body that fits its schema, for a room. `reason` may be empty.
struct EventErasureBody {
  EventErasure what;
  std::string reason;
};
[[nodiscard]] std::optional<EventErasureBody> read_event_erasure(std::string_view body, std::string room);

/// A body that fits its schema; without the names that the path and the headers have. Nothing when one of its names holds a NUL.
[[nodiscard]] std::optional<RemoteCall> read_remote_call(std::string_view body);

/// The revocation of a valid body, and when it may be forgotten (0: unknown); nothing if the body does not name exactly one
/// kind.
struct RevocationBody {
  core::Revocation what;
  std::uint64_t forget_at_s = 0;
};
[[nodiscard]] std::optional<RevocationBody> read_revocation(std::string_view body);

/// Returns the room that a body describes, or the reason why it was refused. The body must be valid by its schema; the room's
/// events must be in the catalogue.
[[nodiscard]] std::variant<RoomDefinition, core::Error> read_new_room(std::string_view body, const CatalogueView& catalogue);

}  // namespace dialogue::api
