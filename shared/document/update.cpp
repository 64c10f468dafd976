#include "shared/document/update.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/document/document_limits.hpp"

namespace dialogue::document {

namespace {

Id read_id(ByteReader& in) {
  const std::uint64_t client = in.integer();
  return {client, in.integer()};
}

std::string_view read_name(ByteReader& in) {
  const std::string_view name = in.text();
  if (name.size() > kNameMax) in.fail();
  return name;
}

void read_places(ByteReader& in, unsigned info, Ref& ref) {
  if ((info & kHasOrigin) != 0) ref.origin = read_id(in);
  if ((info & kHasRightOrigin) != 0) ref.right_origin = read_id(in);
  if ((info & (kHasOrigin | kHasRightOrigin)) == 0) {
    if (in.integer() == 1) {
      ref.parent = Ref::Parent::root;
      ref.root = read_name(in);
    } else {
      ref.parent = Ref::Parent::item;
      ref.parent_id = read_id(in);
    }
    ref.has_key = (info & kHasKey) != 0;
    if (ref.has_key) ref.key = read_name(in);
  }
  // A client's own earlier places only: Yjs does not look, and fails halfway.
  for (const Id& id : {ref.origin, ref.right_origin, ref.parent_id})
    if (id.client == ref.id.client && id.clock >= ref.id.clock) in.fail();
}

}  // namespace

bool Update::read_block(ByteReader& in) {
  std::uint64_t count = in.integer();
  Block block{in.integer(), refs.size()};
  std::uint64_t clock = in.integer();
  for (; count > 0 && !in.is_bad(); --count) {
    Ref& ref = refs.emplace_back();
    ref.id = {block.client, clock};
    const std::size_t start = in.place();
    const unsigned info = in.byte();
    const auto kind = static_cast<Kind>(info & kKindBits);
    if (kind != Kind::collected && kind != Kind::skip) read_places(in, info, ref);
    ref.content = read_content(in, kind);
    ref.raw = in.since(start);
    clock = ref.end();
    if (clock > kSafeIntegerMax || refs.size() > kDocumentItemsMax) in.fail();
  }
  block.last = refs.size();
  if (block.last > block.first) blocks.push_back(block);
  return !in.is_bad();
}

void merge_ranges(std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.client != b.client ? a.client > b.client : a.clock < b.clock; });
  std::size_t last = 0;
  for (std::size_t next = 1; next < ranges.size(); ++next) {
    if (ranges[last].client == ranges[next].client && ranges[last].end() >= ranges[next].clock) {
      ranges[last].length = std::max(ranges[last].end(), ranges[next].end()) - ranges[last].clock;
    } else {
      ranges[++last] = ranges[next];
    }
  }
  if (!ranges.empty()) ranges.resize(last + 1);
}

bool Update::read_deletions(ByteReader& in) {
  for (std::uint64_t clients = in.integer(); clients > 0 && !in.is_bad(); --clients) {
    const std::uint64_t client = in.integer();
    for (std::uint64_t count = in.integer(); count > 0 && !in.is_bad(); --count) {
      const std::uint64_t clock = in.integer(), length = in.integer();
      if (length > kSafeIntegerMax - clock || deletions.size() == kDeletionsMax) return false;
      if (length > 0) deletions.push_back({client, clock, length});
    }
  }
  merge_ranges(deletions);
  return !in.is_bad();
}

bool Update::read(std::string_view bytes) {
  refs.clear();
  blocks.clear();
  deletions.clear();
  if (bytes.size() > kUpdateBytesMax) return false;
  ByteReader in(bytes);
  for (std::uint64_t clients = in.integer(); clients > 0; --clients)
    if (!read_block(in)) return false;
  if (!read_deletions(in) || !in.at_end()) return false;
  std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) { return a.client < b.client; });
  return std::adjacent_find(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) { return a.client == b.client; }) ==
         blocks.end();
}

bool read_state_vector(std::string_view bytes, std::vector<Id>& state) {
  ByteReader in(bytes);
  for (std::uint64_t clients = in.integer(); clients > 0 && !in.is_bad(); --clients) {
    if (state.size() == kClientsMax) return false;
    state.push_back(read_id(in));
  }
  return !in.is_bad() && in.at_end();
}

}  // namespace dialogue::document
