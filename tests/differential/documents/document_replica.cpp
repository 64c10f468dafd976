// A document that answers line by line, for tests that compare it with Yjs. Bytes are base64.
//   N           a new document
//   A UPDATE    applies it: the number of the refusal, and what was new
//   E           the whole document
//   S VECTOR    what a document with this state vector lacks
//   V           the state vector
//   J KIND NAME the type of this name as JSON; KIND is the number of a TypeKind
#include <iostream>
#include <memory>
#include <string>

#include "shared/base/base64.hpp"
#include "shared/document/document.hpp"
#include "shared/document/view.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::document;

std::string decoded(std::string_view text) {
  const auto bytes = decode_base64(text);
  return {bytes->begin(), bytes->end()};
}

std::string encoded(std::string_view bytes) {
  return encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::string answer(std::unique_ptr<Document>& document, char command, std::string_view argument) {
  std::string out;
  switch (command) {
    case 'N':
      document = std::make_unique<Document>();
      return out;
    case 'A': {
      const Refusal refusal = document->apply(decoded(argument), &out);
      return std::to_string(static_cast<int>(refusal)) + ' ' + encoded(out);
    }
    case 'E':
      return encoded(document->encode());
    case 'S':
      return document->encode_since(decoded(argument), out) ? encoded(out) : "refused";
    case 'V':
      return encoded(document->state_vector());
    case 'J': {
      const Type* root = document->root(argument.substr(2));
      return root == nullptr ? "" : encoded(json_of(*root, static_cast<TypeKind>(argument.front() - '0')));
    }
    default:
      return "unknown";
  }
}

}  // namespace

int main() {
  auto document = std::make_unique<Document>();
  for (std::string line; std::getline(std::cin, line);)
    std::cout << answer(document, line.front(), line.size() > 2 ? std::string_view(line).substr(2) : std::string_view())
              << std::endl;
}
