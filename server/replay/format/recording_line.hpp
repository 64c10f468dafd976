// One line of a recording: a JSON array of numbers, texts and lists of them, written and read from left to right. Numbers
// beyond 2^53-1 are strings of digits; text that JSON cannot represent is base64 in a separate list. Values; used by one thread
// at a time.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/json/json_reader.hpp"

namespace dialogue::replay {

class LineWriter {
 public:
  /// Begins the line with its name.
  explicit LineWriter(std::string_view name) { begin().text(name); }

  LineWriter& number(std::uint64_t value);
  LineWriter& text(std::string_view bytes);
  LineWriter& optional(const std::optional<std::uint64_t>& value);
  LineWriter& texts(const std::vector<std::string>& values);
  LineWriter& optional(const std::optional<std::vector<std::string>>& values);
  LineWriter& begin();  ///< a list
  LineWriter& end();
  /// Ends the line.
  [[nodiscard]] std::string take();

 private:
  void comma() {
    if (!line_.empty() && line_.back() != '[') line_ += ',';
  }
  std::string line_;
};

/// Reads what a LineWriter wrote, by the same calls in the same order. After the first fault everything is 0 and empty, lists
/// have no more elements, and is_well() is false.
class LineReader {
 public:
  explicit LineReader(std::string_view line);

  [[nodiscard]] const std::string& name() const { return name_; }
  std::uint64_t number();
  std::string text();
  std::optional<std::uint64_t> optional_number();
  std::vector<std::string> texts();
  std::optional<std::vector<std::string>> optional_texts();
  bool flag() { return number() != 0; }
  /// A number that is at most `last`.
  template <typename Enum>
  Enum one_of(Enum last) {
    const std::uint64_t value = number();
    demand(value <= static_cast<std::uint64_t>(last));
    return static_cast<Enum>(is_well_ ? value : 0);
  }
  void begin();
  [[nodiscard]] bool more();
  void end() { demand(!more()); }
  /// A fault of the line, unless `holds`.
  void demand(bool holds) { is_well_ = is_well_ && holds; }
  [[nodiscard]] bool is_well() const { return is_well_ && !json_.failed(); }

 private:
  [[nodiscard]] bool at_element();
  std::string plain_text();

  JsonReader json_;
  std::string name_;
  bool is_well_ = true, at_element_ = false;
  std::size_t open_ = 1;  ///< lists whose end was not read, the line's own included
};

}  // namespace dialogue::replay
