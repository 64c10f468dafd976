// Texts of notifications with placeholders: "{from} in {room}: {data.text|90}". A number behind "|" is the most characters that
// stand for it. "{{" is a brace. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dialogue::definitions {

inline constexpr std::size_t kPushTextBytesMax = 1024;       ///< of a template
inline constexpr std::size_t kPushValueCharactersMax = 200;  ///< that stand for a placeholder without a number

/// What a placeholder stands for.
struct PushPlaceholder {
  enum class Of : std::uint8_t { room, event, from, seq, data };
  Of of = Of::room;
  std::string path{};  ///< of `data`: of a property, "customer.name"
  std::size_t characters_max = kPushValueCharactersMax;
};

struct PushTemplate {
  std::vector<std::variant<std::string, PushPlaceholder>> parts;
};

struct PushTemplateError {
  std::string problem, advice;
};

[[nodiscard]] std::variant<PushTemplate, PushTemplateError> parse_push_template(std::string_view text);

/// What the placeholders stand for.
struct PushFacts {
  std::string_view room, event, from, data;  ///< `data`: JSON
  std::uint64_t seq = 0;
};

/// A property that is missing, or neither text, number nor boolean, stands for nothing.
[[nodiscard]] std::string render(const PushTemplate& text, const PushFacts& facts);

/// The texts at a path of JSON: that of a string, or those of an array of strings. Others are left out.
[[nodiscard]] std::vector<std::string> texts_at(std::string_view json, std::string_view path);

}  // namespace dialogue::definitions
