// A response without end, as both probes of streams read it. One thread.
#pragma once
#include <optional>

#include "server/doctor/probes/probes.hpp"
#include "server/doctor/wire/event_blocks.hpp"

namespace dialogue::doctor {

class StreamReader {
 public:
  StreamReader(const Course& course, StreamUse use) : exchange_(course.executor, course.route), use_(use) {}

  /// Sends the request, and records the head; false: it is not a stream, or no response arrives.
  [[nodiscard]] boost::asio::awaitable<bool> open(HttpAsk what, StreamResult& result);
  /// The next event. Of a compressed stream: an empty one for some more bytes. Nothing: it did not come, or the stream ended.
  [[nodiscard]] boost::asio::awaitable<std::optional<EventBlock>> next(Time until);
  /// Lets bytes that are on their way arrive, so that the next ones are others.
  [[nodiscard]] boost::asio::awaitable<void> settle();
  [[nodiscard]] bool has_ended() { return exchange_.is_whole() || exchange_.wire().has_ended(); }
  [[nodiscard]] bool is_encoded() const { return is_encoded_; }
  /// Ends the stream and returns how long it was open.
  [[nodiscard]] Life finish(Time until);
  [[nodiscard]] HttpExchange& exchange() { return exchange_; }

 private:
  HttpExchange exchange_;
  StreamUse use_;
  EventBlocks blocks_;
  std::size_t seen_ = 0;
  bool is_encoded_ = false;
};

}  // namespace dialogue::doctor
