// A client over HTTP requests, as docs/decisions/301 asks of one: by long polls, or by a stream and what is sent beside it. Each
// request has a socket of its own unless a test gives one. Every wait has a deadline and fails the test when it passes.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/server/support/test_client.hpp"

namespace dialogue::test {

/// A response of a poll or a send, taken apart.
struct TunnelReply {
  HttpReply http;
  std::string head;                 ///< the first line
  std::vector<std::string> frames;  ///< the others
  /// A number or a text of the head or of a problem; empty: absent.
  [[nodiscard]] std::string member(std::string_view name) const;
};

[[nodiscard]] TunnelReply taken_apart(HttpReply reply);
[[nodiscard]] std::string post(std::string_view path, std::string_view body, std::string_view fields = "",
                               std::string_view version = "1.1");
/// A request on a socket of its own, and its response.
[[nodiscard]] TunnelReply ask(std::uint16_t port, std::string_view path, std::string_view body, std::string_view fields = "",
                              std::string_view version = "1.1");
/// The head of a request that begins a session; another one for each call.
[[nodiscard]] std::string opening_head();

class TunnelMember {
 public:
  enum class By : std::uint8_t { poll, stream };

  TunnelMember(std::uint16_t port, By by) : port_(port), by_(by) {}

  /// Sends what comes first, in the request that begins the session.
  void begin(const std::vector<std::string>& frames);
  /// HELLO for this user and a JOIN of "chat"; returns when the room is joined.
  void join(const std::string& user_id, std::string_view hello_extra = "");
  /// Sends a frame, and waits until the server has it.
  void say(const std::string& frame);
  /// The next frame from the server. Takes another poll, or opens the stream again, as often as that takes.
  [[nodiscard]] std::string next();
  /// The next one that begins with `prefix`; what comes before it is kept in `others`.
  [[nodiscard]] std::string await(std::string_view prefix);
  /// One poll with what was received so far; its frames are taken.
  TunnelReply poll(std::string_view more = "");
  /// Acknowledges what was received.
  TunnelReply acknowledge(std::string_view more = "");
  /// The stream is lost, as by a proxy.
  void cut() { stream_.reset(); }

  /// Opens the stream again with the head of earlier, and acknowledges what came since in a request right behind it.
  void renew(std::string_view earlier_head);

  [[nodiscard]] std::string head(std::string_view more = "") const;
  [[nodiscard]] const std::string& session() const { return session_; }
  [[nodiscard]] const std::string& room() const { return room_; }
  [[nodiscard]] std::uint64_t have() const { return have_; }
  [[nodiscard]] std::uint64_t said() const { return said_; }
  std::vector<std::string> others;

 private:
  void open_stream(std::string_view body);
  void read_opening();
  void take(const TunnelReply& reply);
  void read_block();

  const std::uint16_t port_;
  const By by_;
  std::unique_ptr<TestClient> stream_;
  std::deque<std::string> received_;
  std::string session_, room_;
  std::uint64_t have_ = 0, said_ = 0, skip_ = 0;
};

}  // namespace dialogue::test
