// The steps of the standard in their order: bits to codewords, Reed-Solomon, the fixed patterns, the data's way through the
// square, and the mask of the eight that is easiest to read.
#include "server/app/dev/qr_code.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace dialogue::app {
namespace {

/// Codewords of versions 1 to 5 at level L.
struct Capacity {
  std::size_t data, correction;
};
constexpr std::array kCapacities = {Capacity{19, 7}, Capacity{34, 10}, Capacity{55, 15}, Capacity{80, 20}, Capacity{108, 26}};
constexpr std::size_t kHeadBits = 12;  ///< mode and length
constexpr int kMasks = 8, kFinder = 7, kTimingAt = 6, kFormatBits = 15;
constexpr unsigned kByteMode = 0b0100, kLevelL = 0b01, kFormatPolynomial = 0x537, kFormatMask = 0x5412;
constexpr unsigned kFieldPolynomial = 0x11D;

unsigned char multiply(unsigned a, unsigned b) {
  unsigned product = 0;
  for (int bit = 7; bit >= 0; --bit) {
    product = (product << 1) ^ ((product >> 7) * kFieldPolynomial);
    product ^= ((b >> bit) & 1) * a;
  }
  return static_cast<unsigned char>(product);
}

/// The remainder of `data` by the generator polynomial of `degree`.
std::vector<unsigned char> correction_of(const std::vector<unsigned char>& data, std::size_t degree) {
  std::vector<unsigned char> generator(degree);
  generator.back() = 1;
  unsigned char root = 1;
  for (std::size_t i = 0; i < degree; ++i, root = multiply(root, 2)) {
    for (std::size_t j = 0; j < degree; ++j) {
      generator[j] = multiply(generator[j], root);
      if (j + 1 < degree) generator[j] ^= generator[j + 1];
    }
  }
  std::vector<unsigned char> rest(degree);
  for (const unsigned char byte : data) {
    const unsigned char factor = byte ^ rest.front();
    std::rotate(rest.begin(), rest.begin() + 1, rest.end());
    rest.back() = 0;
    for (std::size_t i = 0; i < degree; ++i) rest[i] ^= multiply(generator[i], factor);
  }
  return rest;
}

std::vector<unsigned char> codewords_of(std::string_view text, const Capacity& capacity) {
  std::vector<bool> bits;
  const auto put = [&](unsigned value, int count) {
    for (int bit = count - 1; bit >= 0; --bit) bits.push_back(((value >> bit) & 1) != 0);
  };
  put(kByteMode, 4);
  put(static_cast<unsigned>(text.size()), 8);
  for (const char c : text) put(static_cast<unsigned char>(c), 8);
  put(0, static_cast<int>(std::min<std::size_t>(4, capacity.data * 8 - bits.size())));
  std::vector<unsigned char> words((bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i)
    if (bits[i]) words[i / 8] |= static_cast<unsigned char>(0x80u >> (i % 8));
  for (unsigned char fill = 0xEC; words.size() < capacity.data; fill ^= 0xEC ^ 0x11) words.push_back(fill);
  const auto correction = correction_of(words, capacity.correction);
  words.insert(words.end(), correction.begin(), correction.end());
  return words;
}

bool is_masked(int mask, int x, int y) {
  switch (mask) {
    case 0:
      return (x + y) % 2 == 0;
    case 1:
      return y % 2 == 0;
    case 2:
      return x % 3 == 0;
    case 3:
      return (x + y) % 3 == 0;
    case 4:
      return (x / 3 + y / 2) % 2 == 0;
    case 5:
      return x * y % 2 + x * y % 3 == 0;
    case 6:
      return (x * y % 2 + x * y % 3) % 2 == 0;
    default:
      return ((x + y) % 2 + x * y % 3) % 2 == 0;
  }
}

}  // namespace

std::optional<QrCode> QrCode::of(std::string_view text) {
  const auto fits = [&](const Capacity& capacity) { return text.size() * 8 + kHeadBits <= capacity.data * 8; };
  const auto* capacity = std::find_if(kCapacities.begin(), kCapacities.end(), fits);
  if (capacity == kCapacities.end()) return std::nullopt;
  QrCode code(static_cast<int>(capacity - kCapacities.begin()) + 1);
  code.draw_codewords(codewords_of(text, *capacity));
  std::optional<QrCode> best;
  for (int mask = 0; mask < kMasks; ++mask) {
    QrCode masked = code;
    masked.apply_mask(mask);
    masked.draw_format(mask);
    if (!best || masked.penalty() < best->penalty()) best = std::move(masked);
  }
  return best;
}

QrCode::QrCode(int version) : size_(17 + 4 * version) {
  dark_.resize(static_cast<std::size_t>(size_ * size_));
  is_function_.resize(dark_.size());
  draw_function_patterns(version);
}

bool QrCode::is_dark(int x, int y) const { return x >= 0 && y >= 0 && x < size_ && y < size_ && dark_[index(x, y)]; }

void QrCode::set(int x, int y, bool is_dark) {
  dark_[index(x, y)] = is_dark;
  is_function_[index(x, y)] = true;
}

void QrCode::draw_finder(int left, int top) {
  for (int y = std::max(0, top - 1); y <= std::min(size_ - 1, top + kFinder); ++y)
    for (int x = std::max(0, left - 1); x <= std::min(size_ - 1, left + kFinder); ++x) {
      const int distance = std::max(std::abs(x - left - 3), std::abs(y - top - 3));
      set(x, y, distance != 2 && distance != 4);
    }
}

void QrCode::draw_function_patterns(int version) {
  for (int i = 0; i < size_; ++i) {
    set(kTimingAt, i, i % 2 == 0);
    set(i, kTimingAt, i % 2 == 0);
  }
  draw_finder(0, 0);
  draw_finder(size_ - kFinder, 0);
  draw_finder(0, size_ - kFinder);
  if (version > 1) {
    const int center = size_ - kFinder;
    for (int y = -2; y <= 2; ++y)
      for (int x = -2; x <= 2; ++x) set(center + x, center + y, std::max(std::abs(x), std::abs(y)) != 1);
  }
  draw_format(0);  // takes the places; of() draws the right one
}

void QrCode::draw_format(int mask) {
  const unsigned data = kLevelL << 3 | static_cast<unsigned>(mask);
  unsigned rest = data;
  for (int i = 0; i < 10; ++i) rest = (rest << 1) ^ ((rest >> 9) * kFormatPolynomial);
  const unsigned bits = (data << 10 | rest) ^ kFormatMask;
  for (int i = 0; i < kFormatBits; ++i) {
    const bool is_dark = ((bits >> i) & 1) != 0;
    // Beside the finder at the upper left, around its corner and over the timing patterns; then once more at the other two.
    const int along = i < 6 ? i : i < 8 ? i + 1 : 14 - i + (i == 8 ? 1 : 0);
    if (i < 8)
      set(8, along, is_dark);
    else
      set(along, 8, is_dark);
    if (i < 8)
      set(size_ - 1 - i, 8, is_dark);
    else
      set(8, size_ - kFormatBits + i, is_dark);
  }
  set(8, size_ - 8, true);
}

void QrCode::draw_codewords(const std::vector<unsigned char>& codewords) {
  std::size_t bit = 0;
  for (int right = size_ - 1; right >= 1; right -= 2) {
    if (right == kTimingAt) right = kTimingAt - 1;
    const bool is_upward = ((right + 1) & 2) == 0;
    for (int step = 0; step < size_; ++step)
      for (int x = right; x > right - 2; --x) {
        const int y = is_upward ? size_ - 1 - step : step;
        if (is_function_[index(x, y)] || bit >= codewords.size() * 8) continue;
        dark_[index(x, y)] = ((codewords[bit / 8] >> (7 - bit % 8)) & 1) != 0;
        ++bit;
      }
  }
}

void QrCode::apply_mask(int mask) {
  for (int y = 0; y < size_; ++y)
    for (int x = 0; x < size_; ++x)
      if (!is_function_[index(x, y)] && is_masked(mask, x, y)) dark_[index(x, y)] = !dark_[index(x, y)];
}

/// Runs of one colour and squares of two by two, which cameras read worst.
long QrCode::penalty() const {
  constexpr int kRunMin = 5;
  long sum = 0;
  for (int line = 0; line < size_; ++line)
    for (const bool is_row : {true, false})
      for (int i = 1, run = 1; i < size_; ++i) {
        const bool is_same = is_row ? is_dark(i, line) == is_dark(i - 1, line) : is_dark(line, i) == is_dark(line, i - 1);
        run = is_same ? run + 1 : 1;
        if (run >= kRunMin) sum += run == kRunMin ? 3 : 1;
      }
  for (int y = 1; y < size_; ++y)
    for (int x = 1; x < size_; ++x) {
      const bool first = is_dark(x, y);
      if (first == is_dark(x - 1, y) && first == is_dark(x, y - 1) && first == is_dark(x - 1, y - 1)) sum += 3;
    }
  return sum;
}

std::string QrCode::terminal_text() const {
  constexpr int kMargin = 4;
  std::string text;
  for (int y = -kMargin; y < size_ + kMargin; y += 2) {
    text += "\x1b[30;107m";
    for (int x = -kMargin; x < size_ + kMargin; ++x) {
      const bool upper = is_dark(x, y), lower = is_dark(x, y + 1);
      text += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    text += "\x1b[0m\n";
  }
  return text;
}

}  // namespace dialogue::app
