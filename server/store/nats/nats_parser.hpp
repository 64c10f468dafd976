// What a NATS server sends, as operations (https://docs.nats.io/reference/reference-protocols/nats-protocol). Bytes may be cut
// anywhere. Sans-io: bytes go in, operations come out; what is not the protocol, or too long, is a fault, after which nothing
// comes any more. Used by one thread.
//
//   parser.feed(bytes);
//   while (const auto operation = parser.next()) ...
//   if (!parser.fault().empty()) ...
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::store {

struct NatsOperation {
  enum class Kind { info, message, ping, pong, ok, error };
  Kind kind = Kind::ok;
  std::string text{};  ///< of INFO the JSON, of MSG the payload, of -ERR the reason
};

class NatsParser {
 public:
  static constexpr std::size_t kLineBytesMax = 32 << 10;     ///< of a line; INFO is the longest
  static constexpr std::size_t kPayloadBytesMax = 64 << 10;  ///< of a message

  void feed(std::string_view bytes) {
    if (fault_.empty()) input_.append(bytes);
  }
  /// Returns the next complete operation; no value if more bytes are needed, or after a fault.
  [[nodiscard]] std::optional<NatsOperation> next();
  /// Returns the fault as a sentence; empty: there is none.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// Returns the number of waiting bytes: less than a line and a payload once next() has returned no value.
  [[nodiscard]] std::size_t waiting() const { return input_.size() - at_; }

 private:
  [[nodiscard]] std::optional<NatsOperation> take_line(std::string_view line, std::size_t size);
  [[nodiscard]] std::optional<NatsOperation> take_message(std::string_view line, std::size_t size);
  std::optional<NatsOperation> fail(const char* fault);

  std::string input_;
  std::size_t at_ = 0;  ///< what is before was returned
  std::string fault_;
};

}  // namespace dialogue::store
