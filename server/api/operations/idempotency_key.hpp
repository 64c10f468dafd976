// The meaning of an Idempotency-Key for the table of producers (docs/decisions/181-idempotency-keys.md). Pure functions; safe
// from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/messages/shard_message.hpp"

namespace dialogue::api {

/// "4f6c..." is the only number of a producer of its own, "PRODUCER/NUMBER" a number of the publishing user's producer.
struct IdempotencyKey {
  std::string producer;
  std::uint64_t number = 0;  ///< 0: a key of the first form
};

/// The first form, for messages.
inline constexpr std::string_view kKeyForms = "1 to 64 of A-Z a-z 0-9 _ - . : @ ~";

/// Nothing when it has neither form.
[[nodiscard]] std::optional<IdempotencyKey> parse_idempotency_key(std::string_view text);

/// Makes the publication exactly once by its key. Keys of the first form are the caller's own: `caller` is "key:billing" or
/// "user:ann". `data` is the payload as it was sent. `place`: which of the batch's
/// items for this room it is.
void number_publication(core::ServerPublish& publish, const IdempotencyKey& key, std::string_view caller, std::string_view data,
                        std::optional<std::size_t> place = {});

}  // namespace dialogue::api
