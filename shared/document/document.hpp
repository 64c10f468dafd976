// A document that merges: the algorithm and format of Yjs 13 (version 1 of its updates), so that its pages may be Yjs itself. An
// update is judged by applying it: only one of which every neighbour is known is taken, and what is refused changes nothing, so
// every document is without gaps. Deleted content is collected at once. Pure; used by one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/document/struct_store.hpp"
#include "shared/document/update.hpp"

namespace dialogue::document {

enum class Refusal : std::uint8_t {
  none,
  invalid,    ///< the bytes are malformed, or exceed a bound of an update's form
  hole,       ///< it needs what the document lacks; its sender sends what is missing by the state vector
  too_large,  ///< the document would be beyond a bound
  too_costly  ///< more steps than an update may take. The document is_spoiled(): load it again
};

class Document {
 public:
  Document();
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document();

  /// Applies an update. `out`, unless null, receives what was new in it, as an update in this document's own encoding; it stays
  /// empty if nothing was new.
  [[nodiscard]] Refusal apply(std::string_view update, std::string* out);
  /// Returns the whole document as an update.
  [[nodiscard]] std::string encode() const;
  /// Sets `out` to what a document with this state vector lacks, as an update with all deletions. Returns false if the bytes are
  /// not a state vector.
  [[nodiscard]] bool encode_since(std::string_view state_vector, std::string& out) const;
  [[nodiscard]] std::string state_vector() const;
  /// Returns the update that deletes all places of these clients, each once. Clients that the document lacks are ignored.
  [[nodiscard]] std::string deletion_of(const std::vector<std::uint64_t>& clients) const;

  /// Returns a type by its name; null if it never had content.
  [[nodiscard]] const Type* root(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, std::unique_ptr<Type>, std::less<>>& roots() const { return roots_; }
  /// Returns the number of structs, with those of deleted content.
  [[nodiscard]] std::size_t size() const { return store_.size(); }
  /// Returns the size of the content in bytes.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Whether an update was given up halfway: every further one is refused with `too_costly`.
  [[nodiscard]] bool is_spoiled() const { return is_spoiled_; }

 private:
  struct Step {
    const Ref* ref;
    std::uint64_t offset;  ///< places of it that the document has already
  };
  using Deletions = std::map<std::uint64_t, std::vector<Range>, std::greater<>>;

  // plan.cpp: whether all of an update can be applied, and in which order.
  [[nodiscard]] Refusal plan();
  [[nodiscard]] bool order();
  [[nodiscard]] std::uint64_t missing_of(const Ref& ref);
  [[nodiscard]] std::uint64_t reached(std::uint64_t client);
  [[nodiscard]] Block* block_of(std::uint64_t client);
  [[nodiscard]] const Ref& ref_at(const Id& id);
  [[nodiscard]] bool is_shallow();
  [[nodiscard]] std::int64_t depth_at(const Id& id);
  [[nodiscard]] Refusal fits() const;

  // integrate.cpp: the change itself.
  void integrate(const Step& step);
  void integrate(Item* item);
  void find_parent(Item* item, const Ref& ref);
  void place(Item* item);
  [[nodiscard]] Item* first_beside(const Item& item);
  void remove(Item* item);
  void remove_children(Type& type);
  void apply_deletions(const std::vector<Range>& ranges);
  Item* clean_start(const Id& id);
  Item* clean_end(const Id& id);
  Item* split(Structs& structs, std::size_t index, std::uint64_t offset);
  Type& root_of(std::string_view name);
  void note_deletion(const Item& item);

  // settle.cpp: after the change, collects and joins what can be.
  void begin();
  void settle();
  void collect(Item* item, bool with_place);
  void collect_deleted();
  void join_deleted();
  std::size_t join_lefts(Structs& structs, std::size_t index);
  [[nodiscard]] bool join(Item* left, Item* right) const;
  [[nodiscard]] std::uint64_t before(std::uint64_t client) const;

  // encode.cpp
  using Clocks = std::map<std::uint64_t, std::uint64_t>;  ///< by client
  void put_structs(std::string& out, const Clocks& since) const;
  [[nodiscard]] Deletions all_deletions() const;
  [[nodiscard]] std::string encode_since(const std::vector<Id>& state) const;
  [[nodiscard]] std::string changes() const;

  StructStore store_;
  std::map<std::string, std::unique_ptr<Type>, std::less<>> roots_;
  std::size_t bytes_ = 0;
  bool is_spoiled_ = false;

  // State of the update under way.
  Update update_;
  std::vector<std::int64_t> depths_;  ///< of each ref: types around it; -1: it will be collected
  std::vector<Step> steps_;
  Clocks before_;  ///< ends of the clients that it changes
  Deletions deleted_;
  std::vector<Id> to_join_;
  std::uint64_t cost_ = 0;
  std::uint32_t mark_ = 0;
};

}  // namespace dialogue::document
