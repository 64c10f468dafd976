// Undoes the escapes of JSON in a text, block by block. A writer may escape any character, as Python does with all beyond
// ASCII, PHP with "/" and Go with "<". Anything that is not an escape is unchanged. Used by one thread.
//
//   JsonUnescaper unescaper;
//   while (read(block)) unescaper.add(block, text);
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace dialogue::store {

class JsonUnescaper {
 public:
  /// Appends `bytes` to `text`, with their JSON escapes decoded. An incomplete escape at their end, at most 11 bytes, is kept for
  /// the next call.
  void add(std::string_view bytes, std::string& text);
  /// Appends the kept bytes unchanged, since nothing follows that could complete the escape.
  void end(std::string& text) { text += std::exchange(kept_, {}); }

 private:
  std::string kept_;
};

}  // namespace dialogue::store
