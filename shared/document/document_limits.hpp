// Bounds of documents, named once. A document or update beyond them is refused, unchanged.
// Immutable; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dialogue::document {

inline constexpr std::size_t kUpdateBytesMax = 4 * 1024 * 1024;    ///< one update
inline constexpr std::size_t kDocumentBytesMax = 8 * 1024 * 1024;  ///< of content that a document holds
inline constexpr std::size_t kDocumentItemsMax = 1'000'000;        ///< structs, those of deleted content too
inline constexpr std::size_t kClientsMax = 65'536;                 ///< ids of clients in a document
inline constexpr std::size_t kRootsMax = 256;                      ///< types with a name
inline constexpr std::size_t kNameMax = 1'024;                     ///< bytes of a root's name or a key
inline constexpr std::size_t kTypeDepthMax = 64;                   ///< types in types
inline constexpr std::size_t kValueDepthMax = 32;                  ///< arrays and objects in a value
inline constexpr std::size_t kDeletionsMax = 65'536;               ///< ranges of deletions in an update
inline constexpr std::uint64_t kStepsMax = 2'000'000;              ///< neighbours compared for the places of an update's items
inline constexpr std::uint64_t kRunMax = std::uint64_t{1} << 31;   ///< places that one struct takes

}  // namespace dialogue::document
