// Whether a payload may be published: its size, then its event's schema. Used for clients, the server and hooks alike.
// Functions of their arguments alone, unless an EffectLog says otherwise.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "server/core/effects/effect_log.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/frame_text.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::core {

/// See check_payload.
[[nodiscard]] inline std::optional<Error> payload_fault(const CatalogueView& catalogue, std::size_t message_bytes_max,
                                                        std::uint32_t event, std::span<char> payload) {
  const std::size_t bytes_max = message_bytes_max - kEventEnvelopeBytesMax;
  if (payload.size() > bytes_max) return Error{ErrorCode::payload_too_large, std::to_string(bytes_max), {}};
  make_single_line(payload);
  Verdict verdict;
  validate(catalogue, event, {payload.data(), payload.size()}, verdict);
  if (verdict.valid()) return std::nullopt;
  return Error{verdict.code, std::string(verdict.argument()), std::string(verdict.path())};
}

[[nodiscard]] inline std::optional<Error> payload_fault(const ShardConfig& config, std::uint32_t event, std::span<char> payload) {
  return payload_fault(config.catalogue, config.limits.message_bytes_max, event, payload);
}

/// Returns why a publication of this event cannot delete a key; no value: it can.
[[nodiscard]] inline std::optional<Error> deletion_fault(const CatalogueView& catalogue, std::uint32_t event) {
  if (catalogue.event(event).delivery == Delivery::latest) return std::nullopt;
  return Error{ErrorCode::request_invalid, "only an event with the delivery \"latest\" has keys to delete", {}};
}

/// Puts the payload on one line, in place, and returns its fault. EVENT must fit a message, so a payload is smaller than one.
[[nodiscard]] inline std::optional<Error> check_payload(const ShardConfig& config, const ShardEffects& effects,
                                                        std::uint32_t event, std::span<char> payload) {
  auto fault = payload_fault(config, event, payload);
  return effects.effect_log() == nullptr ? fault : effects.effect_log()->validated(std::move(fault));
}

}  // namespace dialogue::core
