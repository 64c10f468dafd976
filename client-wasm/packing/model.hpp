// Predicts a WebAssembly module bit by bit: shared by pack.cpp and unpack.cpp, so that both use the same probabilities. A
// context is a part of the preceding data; each has a weight in a table. The sum of the weights is the logarithm of the odds,
// and the actual bit adjusts them. WebAssembly's arithmetic is the same everywhere. One run for each instance of a module,
// whose tables are zero initially.
#pragma once
#include <cstdint>

namespace dialogue::packing {

inline constexpr unsigned kSlotBits = 18;
inline constexpr unsigned kContexts = 6;
// Spreads contexts over the table. Found by trying: of some thousand, the one that packs our modules best; so are the steps
// below.
inline constexpr std::uint32_t kMix = 0x3ed6361;

// A slot is a weight, a float; its lowest byte, which weighs next to nothing, says how well it is known: the better, the less a
// bit moves it. Weights are minus the logarithm to base 2 of the odds, times 2^23: a float's exponent counts so.
inline constexpr std::uint32_t kKnown = 0xff;
inline constexpr float kFirstStep = 8716498, kStepLess = 25757;  ///< how far an error of 1 moves it, and how much less by `known`
inline constexpr std::int32_t kFloatOne = 0x3f800000;

/// The tables, which are at the beginning of memory, since addresses are short there.
struct Tables {
  std::uint32_t contexts[kContexts];
  std::uint32_t asked[kContexts];  ///< the slot of each context that the bit before was foretold by
  std::uint32_t slots[1 << kSlotBits];
};
inline Tables tables;

/// Returns how many LEB128 numbers follow this opcode. The few opcodes with other operands only cost a little.
constexpr std::uint32_t numbers_after(std::uint32_t op) {
  constexpr std::uint32_t kOne = 0x1301f;  // blocks, branches, call, variables, i32.const and i64.const: by their lowest 5 bits
  if (op - 0x28 < 0x17) return 2;          // loads and stores
  return op - 1 < 0x42 ? kOne >> (op & 31) & 1 : 0;
}

/// Writes `size` bytes to `out`, at least one, each bit as `bit` gives it, which is asked with the probability of a 1.
template <class Bit>
[[gnu::always_inline]] inline void walk(std::uint8_t* out, std::uint32_t size, Bit bit) {
  std::uint32_t ops = 0, recent = 0;  // opcodes, and bytes of any kind, the newest lowest
  std::uint32_t numbers = 0;          // still to come of this instruction
  float error = 0;                    // of the bit before
  std::uint8_t* const end = out + size;
  do {
    std::uint32_t* const contexts = tables.contexts;
    std::uint32_t context = numbers << 8 | 1;
    std::uint32_t rest = ops;
    for (unsigned i = 0; i < 5; ++i) {  // of no opcode, of one, ... of four
      contexts[i] = context;
      context = (context + (rest & 0xff)) * kMix;
      rest >>= 8;
    }
    contexts[3] = (contexts[1] + (recent << 24)) * kMix;  // an opcode and bytes are worth more than three opcodes
    contexts[5] = (contexts[1] + (recent << 16)) * kMix + 1;
    std::uint32_t byte = 1;
    do {
      float odds = 0;
      for (unsigned i = 0; i < kContexts; ++i) {  // learns of the bit before, and foretells the next
        std::uint32_t& last = tables.slots[tables.asked[i]];
        const std::uint32_t known = last & kKnown;
        const float weight = __builtin_bit_cast(float, last) + error * (static_cast<float>(known) * kStepLess - kFirstStep);
        last = (__builtin_bit_cast(std::uint32_t, weight) & ~kKnown) + known + ((kKnown - known) >> 3);
        const std::uint32_t place = (tables.contexts[i] + byte) * kMix >> (32 - kSlotBits);
        tables.asked[i] = place;
        odds += __builtin_bit_cast(float, tables.slots[place]);
      }
      const auto power = __builtin_bit_cast(float, static_cast<std::int32_t>(odds) + kFloatOne);  // 2 to that, nearly
      const float probability = 1 / (power + 1);
      const std::uint32_t one = bit(probability);
      error = static_cast<float>(one) - probability;
      byte = byte * 2 + one;
    } while (byte < 0x100);
    *out++ = static_cast<std::uint8_t>(byte);
    byte &= 0xff;
    recent = recent << 8 | byte;
    if (numbers == 0) {
      ops = ops << 8 | byte;
      numbers = numbers_after(byte);
    } else if (byte < 0x80) {
      --numbers;
    }
  } while (out != end);
}

}  // namespace dialogue::packing
