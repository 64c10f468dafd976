// See nats_parser.hpp.
#include "server/store/nats/nats_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace dialogue::store {
namespace {

constexpr std::string_view kNatsLineEnd = "\r\n";

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// Names of operations are in either case.
bool is_named(std::string_view word, std::string_view name) {
  return std::equal(word.begin(), word.end(), name.begin(), name.end(), [](char a, char b) { return upper(a) == b; });
}

/// Without the first word, and the spaces behind it.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return word;
}

}  // namespace

std::optional<NatsOperation> NatsParser::fail(const char* fault) {
  fault_ = fault;
  input_.clear();
  at_ = 0;
  return std::nullopt;
}

std::optional<NatsOperation> NatsParser::next() {
  if (!fault_.empty()) return std::nullopt;
  const std::string_view rest = std::string_view(input_).substr(at_);
  const std::size_t end = rest.find(kNatsLineEnd);
  if (std::min(end, rest.size()) > kLineBytesMax) return fail("a line is too long");
  if (end != std::string_view::npos) return take_line(rest.substr(0, end), end + kNatsLineEnd.size());
  input_.erase(0, at_);
  at_ = 0;
  return std::nullopt;
}

std::optional<NatsOperation> NatsParser::take_line(std::string_view line, std::size_t size) {
  using Kind = NatsOperation::Kind;
  std::string_view rest = line;
  const std::string_view word = take_word(rest);
  if (is_named(word, "MSG")) return take_message(rest, size);
  NatsOperation operation;
  if (is_named(word, "INFO"))
    operation = {Kind::info, std::string(rest)};
  else if (is_named(word, "PING"))
    operation = {Kind::ping};
  else if (is_named(word, "PONG"))
    operation = {Kind::pong};
  else if (is_named(word, "+OK"))
    operation = {Kind::ok};
  else if (is_named(word, "-ERR"))
    operation = {Kind::error, std::string(rest)};
  else
    return fail("a line is none of the protocol");
  at_ += size;
  return operation;
}

// "SUBJECT SID [REPLY] BYTES", then the payload and a line end.
std::optional<NatsOperation> NatsParser::take_message(std::string_view line, std::size_t size) {
  std::array<std::string_view, 4> words;
  std::size_t count = 0;
  while (!line.empty() && count < words.size()) words.at(count++) = take_word(line);
  if (!line.empty() || count < 3) return fail("a message has too few or too many words");
  const std::string_view number = words.at(count - 1);
  std::size_t bytes = 0;
  const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), bytes);
  if (fault != std::errc() || end != number.data() + number.size()) return fail("the size of a message is not a number");
  if (bytes > kPayloadBytesMax) return fail("a message is too long");
  const std::string_view body = std::string_view(input_).substr(at_ + size);
  if (body.size() < bytes + kNatsLineEnd.size()) return std::nullopt;
  if (body.substr(bytes, kNatsLineEnd.size()) != kNatsLineEnd) return fail("a message is longer than it says");
  NatsOperation message{NatsOperation::Kind::message, std::string(body.substr(0, bytes))};
  at_ += size + bytes + kNatsLineEnd.size();
  return message;
}

}  // namespace dialogue::store
