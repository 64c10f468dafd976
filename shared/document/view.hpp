// What a document shows. Pure; used by the document's thread.
#pragma once
#include <string>

#include "shared/document/structs.hpp"

namespace dialogue::document {

/// The text of a type, without embeds and formats; of XML without its tags.
[[nodiscard]] std::string text_of(const Type& type);

/// The content of a type as JSON, as toJSON() of Yjs gives it, with keys in the order of their bytes: an array as an array, a map
/// as an object, text as a string, XML as its markup, escaped and without formats. The reader chooses the kind of a root.
/// Bytes are base64, integers beyond 2^53 strings; `undefined` is null, and left out of objects.
[[nodiscard]] std::string json_of(const Type& type, TypeKind kind);

}  // namespace dialogue::document
