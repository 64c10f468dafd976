// Fuzzes payloads against a fixed catalogue that uses every keyword. The first byte chooses the event. Beyond not failing: the
// verdict's texts are well-formed and its offset is inside, what passes is JSON on one line after make_single_line, and the
// schema `true` passes exactly what is JSON.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "shared/base/utf8.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/validate/validator.hpp"
#include "tests/shared/support/sample_definitions.hpp"

namespace {

using namespace dialogue;

void demand(bool holds) {
  if (!holds) std::abort();
}

bool is_json(std::string_view text) {
  const auto length = json_value_length(text);
  return length && text.find_first_not_of(" \t\r\n", *length) == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> bytes = make_catalogue(testing::sample_definitions()).bytes;
  static const CatalogueView catalogue = CatalogueView::parse(bytes).value();
  if (size == 0) return 0;
  const std::uint32_t event = data[0] % catalogue.event_count();
  const auto text =
      std::make_unique<char[]>(size);  // of exactly the payload's size, so that the sanitizer sees the first byte outside
  std::copy(data + 1, data + size, text.get());
  const std::span<char> payload(text.get(), size - 1);
  make_single_line(payload);
  const std::string_view view(payload.data(), payload.size());
  Verdict verdict;
  validate(catalogue, event, view, verdict);
  demand(verdict.offset <= view.size());
  demand(verdict.valid() || verdict.path().starts_with("$"));
  demand(is_utf8(verdict.path()) && is_utf8(verdict.argument()));
  if (verdict.valid()) demand(is_json(view) && view.find_first_of("\r\n\t") == std::string_view::npos);
  const ErrorCode first = verdict.code;
  for (std::uint32_t passed = 1; passed < 4; ++passed) {
    validate(catalogue, event, view, verdict, passed);
    demand(first != ErrorCode::ok || verdict.valid());
    demand(verdict.offset <= view.size());
  }
  validate(catalogue, catalogue.find_event("any").value(), view, verdict);
  demand(verdict.valid() == is_json(view));
  return 0;
}
