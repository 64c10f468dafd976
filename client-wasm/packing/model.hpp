// How a WebAssembly module is foretold bit by bit: what pack.cpp and unpack.cpp share, so that both count with the same
// probabilities. A context is a part of what stands before a bit; each has a weight in a table. The sum of the weights is the
// logarithm of the odds, and what the bit turns out to be moves them. WebAssembly's arithmetic is the same everywhere.
// One run for each instance of a module, whose tables are zero then.
#pragma once
#include <cstdint>

namespace dialogue::packing {

inline constexpr unsigned kSlotBits = 18;
inline constexpr unsigned kContexts = 6;
inline constexpr std::uint32_t kMix = 0x9e3779b1;  // 2^32 by the golden ratio: spreads contexts over the table

struct Slot {
  float weight;
  float known;  ///< how much less it moves than at first: from 0, by each bit that it sees, towards 0.45
};
inline std::uint32_t contexts[kContexts];
inline Slot* speaking[kContexts];
inline Slot slots[1 << kSlotBits];

/// How many LEB128 numbers follow this opcode. The few that have something else behind them only cost a little.
constexpr std::uint32_t numbers_after(std::uint32_t op) {
  constexpr std::uint64_t kOne = 0x1f0001301e;  // blocks, branches, call, variables; i32.const and i64.const are 64 further
  if (op - 0x28 < 0x17) return 2;               // loads and stores
  return op < 0x43 ? static_cast<std::uint32_t>(kOne >> (op & 63) & 1) : 0;
}

/// Writes `size` bytes to `out`, each bit as `bit` gives it, which is asked with the probability of a 1.
template <class Bit>
[[gnu::always_inline]] inline void walk(std::uint8_t* out, std::uint32_t size, Bit bit) {
  std::uint32_t ops = 0, recent = 0;  // opcodes, and bytes of any kind, the newest lowest
  std::uint32_t numbers = 0;          // still to come of this instruction
  for (std::uint8_t* const end = out + size; out != end; ++out) {
    std::uint32_t context = numbers << 8;
    std::uint32_t rest = ops;
    for (unsigned i = 0; i < 5; ++i) {  // of no opcode, of one, ... of four
      contexts[i] = context;
      context = (context + (rest & 0xff) + 1) * kMix;
      rest >>= 8;
    }
    contexts[3] = (contexts[1] + (recent << 24)) * kMix;  // an opcode and bytes are worth more than three opcodes
    contexts[5] = (contexts[1] + (recent << 16)) * kMix + 1;
    std::uint32_t byte = 1;
    while (byte < 0x100) {
      float odds = 0;
      for (unsigned i = 0; i < kContexts; ++i) {
        speaking[i] = &slots[(contexts[i] + byte) * kMix >> (32 - kSlotBits)];
        odds += speaking[i]->weight;
      }
      float power = 1 - odds / 32;
      for (unsigned i = 0; i < 5; ++i) power *= power;  // e to the minus odds, nearly
      const float probability = 1 / (power + 1.0001F);  // never 1
      byte = byte * 2 + bit(probability);
      for (Slot* const slot : speaking) {
        slot->weight += (static_cast<float>(byte & 1) - probability) * (0.65F - slot->known);
        slot->known = slot->known * 0.9F + 0.045F;
      }
    }
    *out = static_cast<std::uint8_t>(byte);
    byte &= 0xff;
    recent = recent << 8 | byte;
    if (numbers == 0) {
      ops = ops << 8 | byte;
      numbers = numbers_after(byte);
    } else if (byte < 0x80) {
      --numbers;
    }
  }
}

}  // namespace dialogue::packing
