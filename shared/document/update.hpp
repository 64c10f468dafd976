// Reads a Yjs update of version 1: structs of some clients, and ranges of places that are deleted.
//   clients, each: structs, client, first clock, then the structs without gaps (kind `skip` is one):
//     info: kind in 5 bits, 0x80 an origin, 0x40 a right origin, 0x20 a key; the two ids; without both the parent, by name or id,
//     and the key; the content
//   deletions: clients, each: client, ranges, then (clock, length)
// What it returns points into the bytes. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "shared/document/content.hpp"
#include "shared/document/structs.hpp"

namespace dialogue::document {

/// A struct that was read: not yet in a document.
struct Ref {
  enum class Parent : std::uint8_t { of_neighbours, root, item };

  Id id;
  Id origin, right_origin, parent_id;
  std::string_view root, key;
  std::string_view raw;  ///< all of it, as it was read
  Content content;
  Parent parent = Parent::of_neighbours;
  bool has_key = false;

  [[nodiscard]] std::uint64_t end() const { return id.clock + content.length; }
};

/// The structs of one client.
struct Block {
  std::uint64_t client = 0;
  std::size_t first = 0, last = 0;  ///< refs [first, last)
  // While a document plans: the next ref, and the client's first place that neither the document nor the plan has.
  std::size_t next = 0;
  std::uint64_t reached = 0;
};

struct Range {
  std::uint64_t client = 0, clock = 0, length = 0;
  [[nodiscard]] std::uint64_t end() const { return clock + length; }
};

/// Sorts the ranges by descending client and ascending clock, and merges those that touch or overlap.
void merge_ranges(std::vector<Range>& ranges);

struct Update {
  std::vector<Ref> refs;
  std::vector<Block> blocks;     ///< by client, rising
  std::vector<Range> deletions;  ///< merged: each place at most once

  /// Reads an update, and reuses the memory of the last one. Returns false if the bytes are not an update or exceed a bound: the
  /// members are invalid then.
  [[nodiscard]] bool read(std::string_view bytes);

 private:
  bool read_block(ByteReader& in);
  bool read_deletions(ByteReader& in);
};

/// Reads a state vector: the (client, clock) pairs up to which a document has each client's places. Returns false if it is
/// malformed.
[[nodiscard]] bool read_state_vector(std::string_view bytes, std::vector<Id>& state);

}  // namespace dialogue::document
