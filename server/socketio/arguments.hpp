// The arguments of an event or of its acknowledgement: JSON values and binary ones. A value of one thread.
//
//   socket.emit("news", arguments("hello", 3, dialogue::any_json{R"({"a":1})"}, dialogue::bytes{{1, 2, 3}}));
//   if (const auto text = event.arguments.get<std::string>(0)) ...
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "shared/define/define_json.hpp"
#include "shared/define/define_types.hpp"

namespace dialogue::socketio {

using Attachment = std::shared_ptr<const std::string>;

class Arguments {
 public:
  Arguments() = default;
  /// As they were received: each the JSON of a value, which a placeholder stands for where it is binary.
  Arguments(std::vector<std::string> values, std::vector<Attachment> attachments)
      : values_(std::move(values)), attachments_(std::move(attachments)) {}

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] bool empty() const { return values_.empty(); }

  /// Returns the JSON text of an argument, "null" beyond the last one. A binary value in it is {"_placeholder":true,"num":N}, for
  /// the attachment N.
  [[nodiscard]] std::string_view json(std::size_t index) const {
    return index < values_.size() ? std::string_view(values_[index]) : std::string_view("null");
  }
  /// Returns an argument as a C++ value: std::string, bool, a number, a std::vector, dialogue::any_json, or a struct that is
  /// described as for definitions. Returns nothing if it has another type. Does not check the bounds of fields.
  template <class T>
  [[nodiscard]] std::optional<T> get(std::size_t index) const {
    return from_json<T>(json(index));
  }
  /// Returns the bytes of a binary argument, or nothing if it is not binary. They live as long as these arguments.
  [[nodiscard]] std::optional<std::string_view> bytes(std::size_t index) const;
  [[nodiscard]] const std::vector<Attachment>& attachments() const { return attachments_; }

  /// Adds text, a number, a bool, nullptr, JSON (any_json), binary (dialogue::bytes), or what get() reads.
  template <class T>
  Arguments& add(const T& value) {
    if constexpr (std::is_same_v<T, dialogue::bytes>) {
      add_binary(std::string(value.data.begin(), value.data.end()));
    } else if constexpr (std::is_null_pointer_v<T>) {
      values_.emplace_back("null");
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      add_text(value);
    } else {
      add_json(to_json(value));
    }
    return *this;
  }
  Arguments& add_text(std::string_view text);
  Arguments& add_json(std::string json);
  Arguments& add_binary(std::string bytes);

  /// All values, with commas between them.
  [[nodiscard]] std::string joined() const;
  /// Whether they can be sent: valid JSON and UTF-8, and no more than kAttachmentsMax binary ones.
  [[nodiscard]] bool is_valid() const { return is_valid_; }

 private:
  std::vector<std::string> values_;
  std::vector<Attachment> attachments_;
  bool is_valid_ = true;
};

/// Arguments of these values.
template <class... T>
[[nodiscard]] Arguments arguments(const T&... values) {
  Arguments all;
  (all.add(values), ...);
  return all;
}

}  // namespace dialogue::socketio
