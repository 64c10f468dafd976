// The head of a request, from the fields that HPACK gives to the text of HTTP/1.1 that the HTTP side reads, so that one set of
// checks and limits serves both versions. Sans-io; not thread-safe.
#pragma once
#include <string>
#include <string_view>

namespace dialogue::http2 {

class RequestHead {
 public:
  /// Adds a field; called in their order. Returns false if its bytes would change the meaning of the text: the request is
  /// malformed.
  [[nodiscard]] bool add(std::string_view name, std::string_view value);
  [[nodiscard]] bool is_head_request() const { return method_ == "HEAD"; }
  /// Whether the length of the body is not known in advance: then its text is in chunks.
  [[nodiscard]] bool is_chunked(bool has_body) const { return has_body && !has_length_; }
  /// The whole head, with the empty line at its end. It closes the connection, which serves this request alone.
  [[nodiscard]] std::string text(bool has_body) const;

 private:
  std::string method_, path_, authority_, host_, cookie_;
  std::string fields_;  ///< the others, as lines
  bool has_length_ = false, has_authority_ = false, has_host_ = false;
};

}  // namespace dialogue::http2
