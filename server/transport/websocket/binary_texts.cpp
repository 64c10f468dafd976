// See binary_texts.hpp.
#include "server/transport/websocket/binary_texts.hpp"

#include <algorithm>
#include <utility>

#include "server/transport/websocket/binary_message.hpp"

namespace dialogue::transport {

core::SharedBytes BinaryTexts::binary_of(const core::SharedBytes& text) {
  if (text->size() < kRawBase64CharsMin) return nullptr;
  const auto is_this = [&](const Known& each) { return !each.text.owner_before(text) && !text.owner_before(each.text); };
  if (const auto found = std::find_if(known_.begin(), known_.end(), is_this); found != known_.end()) return found->binary;
  Known& known = known_[next_++ % kKnownMax];
  known.text = text;
  known.binary = nullptr;
  if (auto binary = to_binary_message(*text)) known.binary = std::make_shared<const std::string>(std::move(*binary));
  return known.binary;
}

}  // namespace dialogue::transport
