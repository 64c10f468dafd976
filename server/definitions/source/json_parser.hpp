// The parser behind parse_json_document: recursive descent over one text, stopping at the first fault.
// Used once per text; recursion is bounded by kDocumentDepthMax.
#pragma once
#include <string>
#include <string_view>

#include "server/definitions/source/json_document.hpp"
#include "shared/json/json_scanner.hpp"

namespace dialogue::definitions {

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}
  [[nodiscard]] JsonDocument parse();

 private:
  [[nodiscard]] bool value(JsonValue& out, const std::string& pointer);
  [[nodiscard]] bool object(JsonValue& out, const std::string& pointer);
  [[nodiscard]] bool array(JsonValue& out, const std::string& pointer);
  [[nodiscard]] bool number(JsonValue& out);
  [[nodiscard]] bool string(std::string& out);
  [[nodiscard]] bool literal(std::string_view word);
  void space();
  [[nodiscard]] bool take(char c);
  [[nodiscard]] JsonCursor rest() const { return {text_.data() + at_, text_.data() + text_.size()}; }
  [[nodiscard]] std::size_t offset_of(const JsonCursor& cursor) const {
    return static_cast<std::size_t>(cursor.at - text_.data());
  }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  /// Notes the first fault at byte `offset` and returns false.
  bool fail(std::size_t offset, std::string message, std::string hint = {});

  std::string_view text_;
  std::size_t at_ = 0, depth_ = 0;
  std::string pointer_;  ///< of the value or object being read, for messages
  std::optional<Diagnostic> problem_;
};

}  // namespace dialogue::definitions
