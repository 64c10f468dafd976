// Numbers as in y-protocols: sync.js, awareness.js and auth.js.
#include "server/transport/yjs/yjs_message.hpp"

#include "shared/document/byte_reader.hpp"
#include "shared/document/byte_writer.hpp"

namespace dialogue::transport {
namespace {

using document::ByteReader, document::put_bytes, document::put_integer;

constexpr std::uint64_t kSync = 0, kAwareness = 1, kAuth = 2, kAwarenessQuery = 3;
constexpr std::uint64_t kStateVector = 0, kDifference = 1, kUpdate = 2;
constexpr std::uint64_t kDenied = 0;

std::string sync_message(std::uint64_t kind, std::string_view bytes) {
  std::string message;
  put_integer(message, kSync);
  put_integer(message, kind);
  put_bytes(message, bytes);
  return message;
}

}  // namespace

YjsMessage read_yjs_message(std::string_view message) {
  using Kind = YjsMessage::Kind;
  ByteReader in(message);
  YjsMessage found;
  const std::uint64_t kind = in.integer();
  if (kind == kSync) {
    const std::uint64_t step = in.integer();
    found.kind = step == kStateVector                     ? Kind::state_vector
                 : step == kDifference || step == kUpdate ? Kind::update
                                                          : Kind::ignored;
    if (found.kind != Kind::ignored) found.bytes = in.bytes();
  } else if (kind == kAwareness) {
    found.kind = Kind::awareness;
    found.bytes = in.bytes();
  } else {
    found.kind = kind == kAwarenessQuery ? Kind::awareness_query : Kind::ignored;
  }
  if (in.is_bad()) return {};
  return found;
}

std::optional<std::vector<AwarenessState>> read_awareness(std::string_view bytes) {
  ByteReader in(bytes);
  std::vector<AwarenessState> states;
  for (std::uint64_t count = in.integer(); count > 0 && !in.is_bad(); --count) {
    if (states.size() == kAwarenessClientsMax) return std::nullopt;
    AwarenessState& each = states.emplace_back();
    each.client = in.integer();
    each.clock = in.integer();
    each.state = in.text();
  }
  return in.is_bad() ? std::nullopt : std::optional(std::move(states));
}

std::string state_vector_message(std::string_view state_vector) { return sync_message(kStateVector, state_vector); }
std::string difference_message(std::string_view update) { return sync_message(kDifference, update); }
std::string update_message(std::string_view update) { return sync_message(kUpdate, update); }

std::string awareness_message(const std::vector<AwarenessState>& states) {
  std::string list, message;
  put_integer(list, states.size());
  for (const AwarenessState& each : states) {
    put_integer(list, each.client);
    put_integer(list, each.clock);
    put_bytes(list, each.state);
  }
  put_integer(message, kAwareness);
  put_bytes(message, list);
  return message;
}

std::string denied_message(std::string_view reason) {
  std::string message;
  put_integer(message, kAuth);
  put_integer(message, kDenied);
  put_bytes(message, reason);
  return message;
}

}  // namespace dialogue::transport
