// A value of a definition file together with its pointer and the list that problems go to: the few questions that readers of
// app.json ask. Each answer is the value, or nothing after a problem was noted. Borrows everything; used on the stack, by one
// thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/definitions/source/diagnostic.hpp"
#include "server/definitions/source/json_document.hpp"

namespace dialogue::definitions {

struct JsonLocation {
  const JsonValue& value;
  std::string pointer;
  Diagnostics& problems;

  [[nodiscard]] JsonLocation child(const JsonMember& member) const {
    return {member.value, pointer_child(pointer, member.key), problems};
  }
  [[nodiscard]] JsonLocation child(std::size_t index) const {
    return {value.items[index], pointer_child(pointer, index), problems};
  }
  /// The member called `key`, when there is one; only for an object.
  [[nodiscard]] std::optional<JsonLocation> child(std::string_view key) const;

  void fault(std::string message, std::string hint = {}) const {
    problems.add(value.offset, pointer, std::move(message), std::move(hint));
  }
  /// A problem with a key itself.
  void key_fault(const JsonMember& member, std::string message, std::string hint = {}) const;

  /// Whether this is an object whose keys are all `known`; each other key is a problem with a suggestion. False only when not an
  /// object.
  [[nodiscard]] bool object(std::string_view what, std::span<const std::string_view> known) const;
  [[nodiscard]] std::optional<std::string> string(std::size_t bytes_max) const;
  [[nodiscard]] std::optional<std::uint64_t> count(std::uint64_t least) const;  ///< least to 2^53-1
  [[nodiscard]] std::optional<std::uint64_t> duration_ms() const;
  [[nodiscard]] std::optional<bool> boolean() const;
  /// The index of one of `words`.
  [[nodiscard]] std::optional<std::size_t> word(std::span<const std::string_view> words) const;
  /// An array of distinct strings.
  [[nodiscard]] std::optional<std::vector<std::string>> strings() const;
};

}  // namespace dialogue::definitions
