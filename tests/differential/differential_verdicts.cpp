// The native validator for tests/differential, one answer a line: "D base64" is a definition file, answered by ["ok", catalogue]
// or ["refused", why]; "P base64" is a payload for its first event, answered by [code, offset, path, argument]; without a
// definition that was accepted the answer means nothing. Texts are in base64. Ends with its input.
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "server/definitions/definitions_json.hpp"
#include "shared/base/base64.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/validate/validator.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;

std::string base64_of(std::string_view text) {
  return encode_base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string text_of(std::string_view base64) {
  const auto bytes = decode_base64(base64);
  if (!bytes) throw std::invalid_argument("a line is not base64");
  return {bytes->begin(), bytes->end()};
}

class Verdicts {
 public:
  void answer(const std::string& line, std::ostream& out) {
    const std::string text = text_of(std::string_view(line).substr(2));
    if (line[0] == 'D')
      define(text, out);
    else
      judge(text, out);
  }

 private:
  void define(const std::string& text, std::ostream& out) {
    catalogue_.clear();
    const LoadResult loaded = load_definitions(text);
    if (!loaded.ok()) return refuse(loaded.lines().front(), out);
    CatalogueResult built = make_catalogue(loaded.definitions);
    if (!built.ok()) return refuse(built.faults.front().where + " " + built.faults.front().message, out);
    catalogue_ = std::move(built.bytes);
    out << "[\"ok\",\"" << encode_base64(catalogue_) << "\"]\n";
  }

  static void refuse(const std::string& why, std::ostream& out) { out << "[\"refused\",\"" << base64_of(why) << "\"]\n"; }

  void judge(const std::string& payload, std::ostream& out) const {
    Verdict verdict;
    if (!catalogue_.empty()) validate(CatalogueView::parse(catalogue_).value(), 0, payload, verdict);
    out << '[' << static_cast<int>(verdict.code) << ',' << verdict.offset << ",\"" << base64_of(verdict.path()) << "\",\""
        << base64_of(verdict.argument()) << "\"]\n";
  }

  std::vector<std::uint8_t> catalogue_;
};

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  Verdicts verdicts;
  for (std::string line; std::getline(std::cin, line);) {
    verdicts.answer(line, std::cout);
    if (std::cin.rdbuf()->in_avail() <= 0) std::cout.flush();
  }
  return 0;
}
