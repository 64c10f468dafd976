#include "server/app/dev/qr_code.hpp"

#include <catch2/catch.hpp>
#include <string>

using dialogue::app::kQrBytesMax;
using dialogue::app::QrCode;

namespace {

std::string rows_of(const QrCode& code) {
  std::string rows;
  for (int y = 0; y < code.size(); ++y) {
    for (int x = 0; x < code.size(); ++x) rows += code.is_dark(x, y) ? '#' : '.';
    rows += '\n';
  }
  return rows;
}

}  // namespace

TEST_CASE("a QR code is the one that zbarimg has read") {
  const auto code = QrCode::of("http://10.0.0.7/");
  REQUIRE(code);
  CHECK(rows_of(*code) == R"GOLDEN(#######...#...#######
#.....#.#.#.#.#.....#
#.###.#..#.#..#.###.#
#.###.#.##.##.#.###.#
#.###.#...##..#.###.#
#.....#.###.#.#.....#
#######.#.#.#.#######
..........#..........
#####.####.#.#.#.#.#.
#.####.####.....#####
.#...##..#..##.#..##.
###..#.##.#.#...###..
.##..####...###.##..#
........#.##...####.#
#######.#...#..#..##.
#.....#..##.....###..
#.###.#.#.##..#.##...
#.###.#.#....####.##.
#.###.#.#.#.#.##..#..
#.....#.##..#..##.#..
#######.#...######.#.
)GOLDEN");
}

TEST_CASE("a QR code grows with its text, up to version 5") {
  CHECK(QrCode::of("")->size() == 21);
  CHECK(QrCode::of(std::string(17, 'a'))->size() == 21);
  CHECK(QrCode::of(std::string(18, 'a'))->size() == 25);
  CHECK(QrCode::of(std::string(kQrBytesMax, 'a'))->size() == 37);
  CHECK(!QrCode::of(std::string(kQrBytesMax + 1, 'a')));
}

TEST_CASE("a QR code has a margin of four modules on a terminal, in black on white") {
  const std::string text = QrCode::of("http://10.0.0.7/")->terminal_text();
  CHECK(text.starts_with("\x1b[30;107m" + std::string(29, ' ') + "\x1b[0m\n"));
}
