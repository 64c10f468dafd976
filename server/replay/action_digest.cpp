// See action_digest.hpp.
#include "server/replay/action_digest.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

namespace dialogue::replay {

void ActionDigest::add(const core::Action& action) {
  if (std::holds_alternative<core::AnswerCall>(action)) return;  // older recordings were made without this action
  // Whether such a line exists depends on ShardConfig::wants_line, which recordings do not contain.
  if (const auto* line = std::get_if<core::LogLine>(&action); line != nullptr && line->is_swallowed) return;
  mix(action.index());
  std::visit([this](const auto& known) { take(known); }, action);
}

void ActionDigest::mix(std::uint64_t word) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;  // 2^64 divided by the golden ratio, odd
  value_ = (value_ ^ word) * kMultiplier;
  value_ ^= value_ >> 32;
}

void ActionDigest::mix(std::string_view bytes) {
  mix(bytes.size());
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), size);
    mix(word);
    bytes.remove_prefix(size);
  }
}

void ActionDigest::mix_integers(std::string_view frames) {
  while (!frames.empty()) {
    const std::string_view frame = frames.substr(0, frames.find('\n'));
    mix(frame.substr(0, frame.find_first_of("\"{")));
    frames.remove_prefix(std::min(frames.size(), frame.size() + 1));
  }
}

void ActionDigest::frame(core::ConnectionId to, const core::SharedBytes& text) {
  if (text != last_frame_) {
    const std::uint64_t before = std::exchange(value_, 0);
    if (whole_frames_)
      mix(*text);
    else
      mix_integers(*text);
    last_frame_value_ = std::exchange(value_, before);
    last_frame_ = text;
  }
  mix(to);
  mix(last_frame_value_);
}

/// Digests the action without the token, which recordings do not contain.
void ActionDigest::take(const core::AskIdentity& ask) {
  mix(ask.from);
  mix(ask.question->random + ask.ticket);
}

void ActionDigest::take(const core::AskHook& ask) {
  mix(ask.from);
  mix(ask.ticket);
  mix(ask.step);
  mix(static_cast<std::uint64_t>(ask.question->verb));
}

void ActionDigest::take(const core::CloseConnection& close) {
  mix(close.to);
  mix(close.close_code);
  mix(close.reason);
}

void ActionDigest::take(const core::PostMessage& post) {
  mix(post.shard);
  mix(post.message.body().index());
}

void ActionDigest::take(const core::LogLine& line) {
  mix(line.event);
  mix(line.fields);
}

void ActionDigest::take(const core::StoreRequest& request) {
  mix(request.ticket);
  mix((request.durable ? 1 : 0) + (request.what->index() << 1));
}

std::string ActionDigest::text() const {
  constexpr int kDigits = 16;
  std::string digits;
  for (int i = kDigits - 1; i >= 0; --i) digits += "0123456789abcdef"[(value_ >> (4 * i)) & 15];
  return digits;
}

}  // namespace dialogue::replay
