// Fuzzes catalogue bytes: whatever CatalogueView::parse accepts can be asked everything, and payloads can be validated against
// it. The header's magic and size are set right first, so that the fuzzer spends its time behind them.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "shared/schema/catalogue_layout.hpp"
#include "shared/validate/validator.hpp"

namespace {

using namespace dialogue;

constexpr std::string_view kPayloads[] = {
    R"({"list":["a!",1,{"list":[null]}],"one":{"kind":"leaf","detail":"2024-02-29T12:00:00Z"},"a b\n":{"three":[3.0]},"z":-1})",
    R"([[[[1,1.0,"x",null]]],{"kind":"a"},{"":{"":{}}}])",
    R"("\ud83d\ude00 and a string of some length")",
    "-12.50e3",
    "true",
    "{"};

void set_word(std::uint8_t* at, std::size_t value) {
  for (std::size_t i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void ask_everything(const CatalogueView& view) {
  constexpr std::uint32_t kEventsAsked = 8;
  Verdict verdict;
  for (std::uint32_t event = 0; event < view.event_count() && event < kEventsAsked; ++event) {
    if (view.find_event(view.event(event).name) != event) std::abort();
    for (const std::string_view payload : kPayloads) validate(view, event, payload, verdict);
  }
  for (std::uint32_t room = 0; room < view.room_count() && room < kEventsAsked; ++room) {
    static_cast<void>(view.room_allows(room, 0));
    static_cast<void>(view.match_room(view.room(room).id));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::make_unique<std::uint8_t[]>(size);
  std::copy(data, data + size, bytes.get());
  if (size >= 8) {
    set_word(bytes.get(), kCatalogueMagic);
    set_word(bytes.get() + 4, size);
  }
  if (const auto view = CatalogueView::parse({bytes.get(), size})) ask_everything(*view);
  return 0;
}
