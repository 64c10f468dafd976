// The structs of a document, by the names of the Yjs format: a document is a set of types, and a type a list of items, which
// also has the newest item of each key. An item holds a run of places with ids of one client; each place is a UTF-16 unit of a
// text, a value, or what its content counts. Deleted content is gone; its places stay. Pure; used by one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace dialogue::document {

inline constexpr std::uint64_t kNoClient = ~std::uint64_t{0};

struct Id {
  std::uint64_t client = kNoClient;
  std::uint64_t clock = 0;

  [[nodiscard]] bool is_set() const { return client != kNoClient; }
  friend bool operator==(const Id&, const Id&) = default;
};

/// What a struct holds, by the numbers of the format.
enum class Kind : std::uint8_t {
  collected = 0,  ///< places whose content and parent are no longer known
  deleted = 1,
  json = 2,  ///< values as JSON: what Yjs wrote before `any`
  binary = 3,
  text = 4,
  embed = 5,   ///< a value as JSON within a text
  format = 6,  ///< from here on in the text a key has a value
  type = 7,
  any = 8,
  document = 9,  ///< another document, by its name
  skip = 10      ///< in updates only: places that the update lacks
};

/// The first byte of a struct in an update: its kind, and what is written of its place.
inline constexpr unsigned kKindBits = 0x1f, kHasKey = 0x20, kHasRightOrigin = 0x40, kHasOrigin = 0x80;

/// Whether content of this kind takes places of its type's length.
[[nodiscard]] constexpr bool is_countable(Kind kind) {
  return kind != Kind::deleted && kind != Kind::format && kind != Kind::collected;
}

enum class TypeKind : std::uint8_t { array, map, text, xml_element, xml_fragment, xml_hook, xml_text };

/// Whether an update has the name of such a type.
[[nodiscard]] constexpr bool has_name(TypeKind kind) { return kind == TypeKind::xml_element || kind == TypeKind::xml_hook; }

struct Type;

/// One struct of a document. A collected one has only its id, length and `kind`.
struct Item {
  Id id;
  std::uint64_t length = 0;
  Id origin;        ///< the place that was at the left when it was inserted
  Id right_origin;  ///< and at the right
  Item* left = nullptr;
  Item* right = nullptr;
  Type* parent = nullptr;
  const std::string* key = nullptr;       ///< of a value in a map; the parent's
  std::string bytes;                      ///< content, as content.hpp documents
  std::unique_ptr<Type> type;             ///< kind type
  std::uint32_t seen = 0, conflicts = 0;  ///< marks of Document::place()
  Kind kind = Kind::collected;
  bool is_deleted = true;

  /// Keeps the places, and nothing of what they were.
  void forget() {
    const Id own = id;
    const std::uint64_t places = length;
    *this = Item();
    id = own;
    length = places;
  }
  [[nodiscard]] Id last() const { return {id.client, id.clock + length - 1}; }
  [[nodiscard]] std::uint64_t end() const { return id.clock + length; }
};

struct Type {
  Item* item = nullptr;  ///< that holds it; null: a root
  Item* start = nullptr;
  std::map<std::string, Item*, std::less<>> keys;  ///< the newest item of each, which may be deleted
  std::uint64_t length = 0;
  std::uint32_t depth = 0;  ///< types around it
  TypeKind kind = TypeKind::array;
  std::string name;  ///< of a root, an XML element or hook
};

}  // namespace dialogue::document
