// See tunnel_member.hpp.
#include "tests/server/transport/http_tunnel/tunnel_member.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <utility>

#include "tests/server/support/test_server.hpp"

namespace dialogue::test {

std::string TunnelReply::member(std::string_view name) const {
  const std::string& text = http.status == 200 ? head : http.body;
  const std::string key = '"' + std::string(name) + "\":";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + key.size();
  if (text[begin] == '"') return text.substr(begin + 1, text.find('"', begin + 1) - begin - 1);
  return text.substr(begin, text.find_first_of(",}", begin) - begin);
}

TunnelReply taken_apart(HttpReply reply) {
  TunnelReply taken{std::move(reply), {}, {}};
  std::string_view rest = taken.http.body;
  const auto line = [&] {
    const std::size_t end = rest.find('\n');
    std::string text(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return text;
  };
  taken.head = line();
  while (!rest.empty()) taken.frames.push_back(line());
  return taken;
}

std::string post(std::string_view path, std::string_view body, std::string_view fields, std::string_view version) {
  return "POST " + std::string(path) + " HTTP/" + std::string(version) + "\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n" +
         std::string(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TunnelReply ask(std::uint16_t port, std::string_view path, std::string_view body, std::string_view fields,
                std::string_view version) {
  TestClient client(port);
  client.send(post(path, body, fields, version));
  return taken_apart(client.reply());
}

std::string opening_head() {
  static std::atomic<int> count{0};
  return R"({"open":"a-random-nonce-)" + std::to_string(++count) + "\"}";
}

std::string TunnelMember::head(std::string_view more) const {
  return R"({"session":")" + session_ + R"(","have":)" + std::to_string(have_) + std::string(more) + '}';
}

void TunnelMember::begin(const std::vector<std::string>& frames) {
  std::string body = opening_head();
  for (const std::string& frame : frames) body += '\n' + frame;
  said_ += frames.size();
  if (by_ == By::stream) return open_stream(body);
  const TunnelReply reply = ask(port_, "/dialogue/poll", body);
  INFO(reply.http.body);
  REQUIRE(reply.http.status == 200);
  session_ = reply.member("session");
  REQUIRE(session_.size() == 36);
  take(reply);
}

void TunnelMember::open_stream(std::string_view body) {
  stream_ = std::make_unique<TestClient>(port_);
  stream_->send(post("/dialogue/stream", body));
  read_opening();
}

void TunnelMember::renew(std::string_view earlier_head) {
  TestClient sender(port_);
  stream_ = std::make_unique<TestClient>(port_);
  stream_->send(post("/dialogue/stream", earlier_head));
  sender.send(post("/dialogue/send", head()));
  read_opening();
  CHECK(sender.reply().status == 200);
}

void TunnelMember::read_opening() {
  const std::string opening = stream_->read_through("\ndata: ");
  INFO(opening);
  REQUIRE(opening.starts_with("HTTP/1.1 200 "));
  TunnelReply reply;
  reply.http.status = 200;
  reply.head = stream_->read_through("\n\n");
  if (session_.empty()) session_ = reply.member("session");
  const std::uint64_t first = std::stoull(reply.member("first"));
  REQUIRE(first <= have_ + 1);
  skip_ = have_ + 1 - first;
}

void TunnelMember::take(const TunnelReply& reply) {
  const std::uint64_t first = std::stoull(reply.member("first"));
  REQUIRE(first <= have_ + 1);
  for (std::size_t i = have_ + 1 - first; i < reply.frames.size(); ++i) {
    received_.push_back(reply.frames[i]);
    ++have_;
  }
}

TunnelReply TunnelMember::poll(std::string_view more) {
  TunnelReply reply = ask(port_, "/dialogue/poll", head(more));
  if (reply.http.status == 200) take(reply);
  return reply;
}

TunnelReply TunnelMember::acknowledge(std::string_view more) { return ask(port_, "/dialogue/send", head(more)); }

void TunnelMember::say(const std::string& frame) {
  const TunnelReply reply = ask(port_, "/dialogue/send", head(R"(,"from":)" + std::to_string(said_ + 1)) + '\n' + frame);
  INFO(reply.http.body);
  REQUIRE(reply.http.status == 200);
  CHECK(reply.member("received") == std::to_string(++said_));
}

void TunnelMember::read_block() {
  if (!stream_) open_stream(head());
  std::string block = stream_->read_through("\n\n");
  REQUIRE(block.starts_with("data: "));
  if (skip_ > 0) {
    --skip_;
    return;
  }
  received_.push_back(block.substr(6, block.size() - 8));
  ++have_;
}

std::string TunnelMember::next() {
  while (received_.empty()) {
    if (by_ == By::stream)
      read_block();
    else
      REQUIRE(poll().http.status == 200);
  }
  std::string frame = std::move(received_.front());
  received_.pop_front();
  return frame;
}

std::string TunnelMember::await(std::string_view prefix) {
  while (true) {
    std::string frame = next();
    if (frame.starts_with(prefix)) return frame;
    others.push_back(std::move(frame));
  }
}

void TunnelMember::join(const std::string& user_id, std::string_view hello_extra) {
  begin({R"([1,1,0,0,{"identity":{"userId":")" + user_id + "\"}" + std::string(hello_extra) + "}]", R"([2,1,0,0,0,"chat",{}])"});
  const std::string joined = await("[34,1,");
  room_ = joined.substr(6, joined.find(',', 6) - 6);
}

}  // namespace dialogue::test
