// All structs of a document, by the client that made them and in the order of their places, without gaps; and the memory that
// they are in. Pure; used by one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "shared/document/structs.hpp"

namespace dialogue::document {

using Structs = std::vector<Item*>;

class StructStore {
 public:
  /// A struct without content.
  [[nodiscard]] Item* make();
  /// Ends a struct that no client's list has any more.
  void release(Item* item);

  /// The first place of a client that the document does not have.
  [[nodiscard]] std::uint64_t end_of(std::uint64_t client) const;
  [[nodiscard]] bool has(const Id& id) const { return id.clock < end_of(id.client); }
  /// The list of a client that has structs.
  [[nodiscard]] Structs& of(std::uint64_t client) { return clients_.find(client)->second; }
  /// The struct that has a place, which the document has.
  [[nodiscard]] Item* at(const Id& id);
  /// Adds a struct at the end of its client's list.
  void append(Item* item) { clients_[item->id.client].push_back(item); }

  [[nodiscard]] const std::map<std::uint64_t, Structs>& clients() const { return clients_; }
  [[nodiscard]] std::size_t size() const { return memory_.size() - free_.size(); }

 private:
  std::map<std::uint64_t, Structs> clients_;
  std::deque<Item> memory_;
  std::vector<Item*> free_;
};

/// The index of the struct that has place `clock`, which the list has.
[[nodiscard]] std::size_t index_of(const Structs& structs, std::uint64_t clock);

}  // namespace dialogue::document
