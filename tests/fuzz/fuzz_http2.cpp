// Any bytes as what a peer says over HTTP/2 after its preface. Each request is answered, some at once and some in parts. No
// stream is open beyond the bound, what was begun ends once, and no request has bytes that would divide its text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "server/http2/http2_session.hpp"

using namespace dialogue::http2;

namespace {

constexpr std::uint32_t kStreamsMax = 8;
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t kBodyBytes = 40'000;

void require(bool condition) {
  if (!condition) std::abort();
}

class Peer : public Http2Events {
 public:
  void run(std::string_view bytes, std::size_t part) {
    session_.receive(kPreface, 1);
    for (std::uint64_t now_ms = 1; !bytes.empty(); ++now_ms) {
      session_.receive(bytes.substr(0, part), now_ms);
      bytes.remove_prefix(std::min(bytes.size(), part));
      for (const StreamId stream : std::exchange(unanswered_, {})) session_.respond(stream, head_, stream % 4 == 1);
      for (const auto& [stream, size] : std::exchange(unconsumed_, {})) session_.consumed(stream, size);
      take();
      if (session_.is_over()) return;
    }
  }

 private:
  void take() {
    for (std::string out; session_.send(out), !out.empty(); out.clear()) require(out.size() <= kOutputBytesMax + 17 * 1024);
  }
  bool request(StreamId stream, const RequestHead& head, bool has_body) override {
    require(open_.emplace(stream, kBodyBytes).second);
    require(open_.size() <= kStreamsMax);
    const std::string text = head.text(has_body);
    require(text.find("\r\n\r\n") == text.size() - 4);
    require(text.find('\0') == std::string::npos);
    unanswered_.insert(stream);
    return true;
  }
  void body(StreamId stream, std::string_view bytes) override {
    require(open_.count(stream) == 1 && !bytes.empty());
    unconsumed_[stream] += bytes.size();
  }
  void body_end(StreamId stream) override { require(open_.count(stream) == 1); }
  BodyPart read(StreamId stream, std::span<char> into) override {
    std::size_t& left = open_.at(stream);
    const std::size_t size = std::min(left, into.size());
    std::fill_n(into.begin(), size, 'a');
    left -= size;
    return {left == 0 ? BodyPart::State::last : BodyPart::State::more, size};
  }
  void closed(StreamId stream) override {
    require(open_.erase(stream) == 1);
    unanswered_.erase(stream);
    unconsumed_.erase(stream);
  }

  std::map<StreamId, std::size_t> open_, unconsumed_;
  std::set<StreamId> unanswered_;
  ResponseHead head_{.status = 200, .fields = {{"content-type", "text/plain"}}};
  Http2Session session_{kStreamsMax, *this, 1};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Peer whole;
  whole.run(text, size);
  Peer parts;
  parts.run(text, 7);
  (void)read_response_head(text);
  return 0;
}
