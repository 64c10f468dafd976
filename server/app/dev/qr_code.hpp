// A QR code (ISO/IEC 18004) of a short text, for a phone's camera: versions 1 to 5, error correction level L, which is one block
// of at most 106 bytes. Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::app {

inline constexpr std::size_t kQrBytesMax = 106;

class QrCode {
 public:
  /// Nothing for a text of more than kQrBytesMax bytes.
  [[nodiscard]] static std::optional<QrCode> of(std::string_view text);

  [[nodiscard]] int size() const { return size_; }
  /// Whether the module at column `x` of row `y` is dark.
  [[nodiscard]] bool is_dark(int x, int y) const;

  /// Lines for a terminal, two rows each, black on white whatever the terminal's colours, with the margin that cameras need.
  [[nodiscard]] std::string terminal_text() const;

 private:
  explicit QrCode(int version);
  void draw_function_patterns(int version);
  void draw_finder(int x, int y);
  void draw_format(int mask);
  void draw_codewords(const std::vector<unsigned char>& codewords);
  void apply_mask(int mask);
  [[nodiscard]] long penalty() const;
  void set(int x, int y, bool is_dark);
  [[nodiscard]] std::size_t index(int x, int y) const { return static_cast<std::size_t>(y * size_ + x); }

  int size_;
  std::vector<bool> dark_, is_function_;
};

}  // namespace dialogue::app
