// A text gets the LF of the text before it as its prefix; the last one's is an entry of its own, so that no line waits for its
// end.
#include "server/transport/tcp/line_writer.hpp"

#include <memory>
#include <string>

namespace dialogue::transport {
namespace {

/// An empty text without an owner: threads would contend for the count of its owners.
core::SharedBytes nothing() {
  static const std::string kNothing;
  return {std::shared_ptr<void>(), &kNothing};
}

}  // namespace

std::size_t LineWriter::gather(std::span<iovec> out) {
  const auto end_line = [](Entry& entry) {
    entry.prefix[0] = '\n';
    entry.prefix_size = 1;
  };
  if (packed_ < entries_.size()) {
    for (++packed_; packed_ < entries_.size(); ++packed_) end_line(entries_[packed_]);
    end_line(push(nothing(), kLineEnd));
    ++packed_;
  }
  return gather_packed(out);
}

}  // namespace dialogue::transport
