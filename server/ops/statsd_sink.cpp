#include "server/ops/statsd_sink.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace dialogue::ops {
namespace {

/// Characters that end a name or a tag become "_".
std::string tag_text(std::string_view text) {
  std::string safe(text);
  std::replace_if(
      safe.begin(), safe.end(),
      [](char character) { return character == '|' || character == ',' || character == '#' || character == '\n'; }, '_');
  return safe;
}

std::string tags_of(const metrics::MetricSample& sample) {
  std::string tags;
  for (const metrics::Label& label : sample.labels)
    tags.append(tags.empty() ? "|#" : ",").append(label.name).append(":").append(tag_text(label.value));
  return tags;
}

std::string number(double value) {
  std::array<char, 64> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr};
}

int connected(int family, const void* address, socklen_t size) {
  const int descriptor = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor >= 0 && ::connect(descriptor, static_cast<const sockaddr*>(address), size) == 0) return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  throw std::runtime_error("no UDP socket to StatsD");
}

}  // namespace

StatsdSink::StatsdSink(const std::string& host, std::uint16_t port) {
  sockaddr_in four{};
  sockaddr_in6 six{};
  four.sin_family = AF_INET;
  six.sin6_family = AF_INET6;
  four.sin_port = six.sin6_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1)
    descriptor_ = connected(AF_INET, &four, sizeof four);
  else if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1)
    descriptor_ = connected(AF_INET6, &six, sizeof six);
  else
    throw std::runtime_error(host + " is not an IP address");
}

StatsdSink::~StatsdSink() { ::close(descriptor_); }

std::vector<std::string> StatsdSink::datagrams(std::span<const metrics::MetricSample> samples) {
  std::vector<std::string> found;
  for (const metrics::MetricSample& sample : samples) {
    const std::string tags = tags_of(sample);
    double value = sample.value;
    if (sample.is_counter) {
      const double before = std::exchange(counted_[sample.name + tags], value);
      value -= before;
      if (value == 0) continue;
    }
    const std::string line = sample.name + ":" + number(value) + (sample.is_counter ? "|c" : "|g") + tags;
    if (found.empty() || found.back().size() + 1 + line.size() > kDatagramBytesMax)
      found.push_back(line);
    else
      found.back().append("\n").append(line);
  }
  return found;
}

void StatsdSink::take(std::span<const metrics::MetricSample> samples) {
  for (const std::string& datagram : datagrams(samples))
    static_cast<void>(::send(descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL));
}

}  // namespace dialogue::ops
