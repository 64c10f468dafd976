// No user id is empty or holds a line feed, so that a key of the first form meets no producer of a user.
#include "server/api/operations/idempotency_key.hpp"

#include <charconv>

#include "server/core/log/producer_table.hpp"
#include "shared/base/names.hpp"

namespace dialogue::api {
namespace {

constexpr std::size_t kProducerBytesMax = 64;  ///< as in HELLO

bool is_producer(std::string_view text) { return is_name(text) && text.size() <= kProducerBytesMax; }

}  // namespace

std::optional<IdempotencyKey> parse_idempotency_key(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view producer = text.substr(0, slash);
  if (!is_producer(producer)) return std::nullopt;
  IdempotencyKey key{std::string(producer), 0};
  if (slash == std::string_view::npos) return key;
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), key.number);
  const bool is_number = fault == std::errc() && end == digits.data() + digits.size() && !digits.starts_with('0');
  return is_number && key.number <= kSafeIntegerMax ? std::optional(std::move(key)) : std::nullopt;
}

void number_publication(core::ServerPublish& publish, const IdempotencyKey& key, std::string_view caller, std::string_view data,
                        std::optional<std::size_t> place) {
  if (key.number > 0) {
    publish.producer =
        std::make_shared<const std::string>(core::producer_key(publish.from, core::ProducerKind::plain, key.producer));
    publish.producer_seq = key.number;
    publish.hash = core::payload_hash(publish.event, data, publish.deletes);
    publish.refusal_counts = true;
    return;
  }
  const std::string id = key.producer + (place ? '\n' + std::to_string(*place) : "");
  publish.producer = std::make_shared<const std::string>(core::producer_key(caller, core::ProducerKind::once, id));
  publish.producer_seq = 1;
  publish.hash = core::payload_hash(publish.event + '\n' + publish.from, data, publish.deletes);
}

}  // namespace dialogue::api
