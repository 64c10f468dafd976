// Encrypts Web Push messages of given keys, for comparison with another implementation. A line of standard input is: the
// recipient's point, its secret, the sender's point and private number, the salt, and the text, each in base64url ("-": empty). A
// line of standard output is the body, in base64url.
#include <iostream>
#include <sstream>
#include <string>

#include "server/auth/base64url.hpp"
#include "server/push/web/web_message.hpp"

int main() {
  using namespace dialogue;
  const auto bytes = [](const std::string& text) { return text == "-" ? std::string() : auth::decode_base64url(text).value(); };
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string point, secret, sender_point, sender_number, salt, text;
    words >> point >> secret >> sender_point >> sender_number >> salt >> text;
    const auto recipient = push::Recipient::of(point, secret);
    const push::WebSeal seal{push::pair_of_point(bytes(sender_point), bytes(sender_number)), bytes(salt)};
    std::cout << auth::encode_base64url(push::encrypt_web_message(*recipient, bytes(text), seal)) << '\n';
  }
}
