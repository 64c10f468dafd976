// RFC 8291's example byte for byte, and what a recipient must be.
#include "server/push/web/web_message.hpp"

#include <catch2/catch.hpp>

#include "server/auth/base64url.hpp"
#include "server/push/web/content_cipher.hpp"

namespace dialogue::push {
namespace {

using namespace std::string_literals;

std::string bytes(std::string_view base64url) { return auth::decode_base64url(base64url).value(); }

// RFC 8291, appendix A.
constexpr std::string_view kText = "When I grow up, I want to be a watermelon";
constexpr std::string_view kSenderPoint =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
constexpr std::string_view kSenderSecret = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
constexpr std::string_view kPoint = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr std::string_view kSecret = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
constexpr std::string_view kAuth = "BTBZMqHH6r4Tts7J_aSIgg";
constexpr std::string_view kSalt = "DGv6ra1nlYgDCS1FRnbzlw";
constexpr std::string_view kBody =
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95b"
    "Qpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

WebSeal example_seal() { return {pair_of_point(bytes(kSenderPoint), bytes(kSenderSecret)), bytes(kSalt)}; }

/// What a browser does.
std::string decrypted(const std::string& body) {
  const auto own = pair_of_point(bytes(kPoint), bytes(kSecret));
  const std::string salt = body.substr(0, kWebSaltBytes), point = body.substr(kWebSaltBytes + 5, kPointBytes);
  const auto secret = auth::agreed_secret(*own, *pair_of_point(point)).value();
  const std::string input = hkdf_sha256(bytes(kAuth), secret, "WebPush: info\0"s + bytes(kPoint) + point, 32);
  const auto key = hkdf_sha256(salt, input, "Content-Encoding: aes128gcm\0"s, 16);
  const auto nonce = hkdf_sha256(salt, input, "Content-Encoding: nonce\0"s, 12);
  return decrypt_aes128gcm(key, nonce, body.substr(kWebSaltBytes + 5 + kPointBytes)).value_or("");
}

}  // namespace

TEST_CASE("the example of RFC 8291 comes out byte for byte") {
  const auto recipient = Recipient::of(kPoint, kAuth);
  REQUIRE(recipient);
  CHECK(encrypt_web_message(*recipient, kText, example_seal()) == bytes(kBody));
}

TEST_CASE("the recipient reads the message, with a mark after the text and zeros up to the padding") {
  const auto recipient = Recipient::of(kPoint, kAuth).value();
  const std::string body = encrypt_web_message(recipient, kText, WebSeal::random(), padded_size(kText.size()));
  CHECK(body.size() == kWebPaddingStepBytes + kWebOverheadBytes);
  const std::string record = decrypted(body);
  CHECK(record.substr(0, kText.size()) == kText);
  CHECK(record[kText.size()] == '\x02');
  CHECK(record.find_first_not_of('\0', kText.size() + 1) == std::string::npos);
}

TEST_CASE("no two messages have the same bytes, and one that was changed on the way is not read") {
  const auto recipient = Recipient::of(kPoint, kAuth).value();
  std::string body = encrypt_web_message(recipient, kText, WebSeal::random());
  CHECK(body != encrypt_web_message(recipient, kText, WebSeal::random()));
  CHECK(decrypted(body) == std::string(kText) + '\x02');
  body.back() = static_cast<char>(body.back() ^ 1);
  CHECK(decrypted(body).empty());
}

TEST_CASE("the largest text makes a body of 4,096 bytes, and a larger one is refused") {
  const auto recipient = Recipient::of(kPoint, kAuth).value();
  const std::string text(kWebTextBytesMax, 'x');
  CHECK(kWebTextBytesMax == 3993);
  CHECK(encrypt_web_message(recipient, text, WebSeal::random(), padded_size(text.size())).size() == kWebBodyBytesMax);
  CHECK_THROWS_AS(encrypt_web_message(recipient, text + 'x', WebSeal::random()), std::invalid_argument);
}

TEST_CASE("padding goes in steps, and never above the largest text") {
  CHECK(padded_size(0) == 512);
  CHECK(padded_size(511) == 512);
  CHECK(padded_size(512) == 1024);
  CHECK(padded_size(3'584) == kWebTextBytesMax);
  CHECK(padded_size(kWebTextBytesMax) == kWebTextBytesMax);
}

TEST_CASE("a recipient is a point of the curve and 16 bytes") {
  std::string off_curve = bytes(kPoint);
  off_curve[40] = static_cast<char>(off_curve[40] ^ 1);
  CHECK_FALSE(Recipient::of(auth::encode_base64url(off_curve), kAuth));
  CHECK_FALSE(Recipient::of(auth::encode_base64url(bytes(kPoint).substr(0, 64)), kAuth));
  CHECK_FALSE(Recipient::of(auth::encode_base64url("\x02" + bytes(kPoint).substr(1)), kAuth));
  CHECK_FALSE(Recipient::of(kPoint, auth::encode_base64url(std::string(15, 'a'))));
  CHECK_FALSE(Recipient::of(std::string(kPoint) + "=", kAuth));
  CHECK_FALSE(Recipient::of("", ""));
}

}  // namespace dialogue::push
