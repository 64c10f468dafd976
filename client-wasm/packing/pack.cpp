// The way to the text that unpack.cpp reads, for the build only (js/scripts/inline.mjs): an arithmetic coder whose digits are 64
// characters of ASCII, so that a server's compression of the text finds 6 bits in each, and nothing more to do.
#include "client-wasm/packing/model.hpp"

using namespace dialogue::packing;

/// Makes the text of the `size` bytes at `bytes`, at `text`. The length of the text.
extern "C" __attribute__((export_name("pack"))) std::uint32_t pack(std::uint8_t* bytes, char* text, std::uint32_t size) {
  constexpr std::uint32_t kWindow = 1U << 30;  // the five digits that a carry has not left yet
  std::uint32_t range = 1U << 24, low = 0, place = 0;
  char* end = text;
  const auto shift = [&] {
    *end++ = static_cast<char>(low >> 24);
    low = low << 6 & (kWindow - 1);
  };
  const std::uint8_t* const source = bytes;
  walk(bytes, size, [&](float probability) -> std::uint32_t {
    while (range >> 24 == 0) {
      range <<= 6;
      shift();
    }
    const auto bound = static_cast<std::uint32_t>(static_cast<float>(range) * probability);
    if (bound == 0 || bound >= range) __builtin_trap();  // a certainty, which no bit may contradict
    const std::uint32_t one = source[place / 8] >> (7 - place % 8) & 1;
    ++place;
    if (one != 0) {
      range = bound;
      return one;
    }
    range -= bound;
    low += bound;
    if (low >= kWindow) {
      low -= kWindow;
      char* digit = end;
      while (*--digit == 63) *digit = 0;
      ++*digit;
    }
    return one;
  });
  for (int i = 0; i < 5; ++i) shift();
  // unpack() begins with four digits: the first is 0. Then from digits to characters, without the one that a string escapes.
  for (char* digit = text + 1; digit != end; ++digit) {
    const char shifted = static_cast<char>(*digit < 36 ? *digit + 64 : *digit);  // 36 to 99
    digit[-1] = static_cast<char>(shifted <= '\\' ? shifted - 1 : shifted);
  }
  return static_cast<std::uint32_t>(end - text) - 1;
}
