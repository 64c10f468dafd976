// Any bytes as a PROXY header: read as a session does, some bytes at a time, which ends, takes no more than a header may have,
// and decides nothing that later bytes would change.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/net/proxy_header.hpp"

using namespace dialogue;
using namespace dialogue::net;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string bytes;  // a copy, so that a step outside is seen
  ProxyHeader header = read_proxy_header(bytes);
  while (header.kind == ProxyHeader::Kind::need_more && header.size <= text.size()) {
    require(header.size > bytes.size());
    require(header.size <= kProxyHeaderBytesMax);
    bytes = text.substr(0, header.size);
    header = read_proxy_header(bytes);
  }
  if (header.kind == ProxyHeader::Kind::need_more) return 0;
  const ProxyHeader whole = read_proxy_header(text);
  require(whole.kind == header.kind);
  if (header.kind == ProxyHeader::Kind::malformed) return 0;
  require(header.size == bytes.size());
  require(whole.size == header.size);
  require(whole.client == header.client);
  return 0;
}
