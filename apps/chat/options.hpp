// The command line of dialogue-chat.
#pragma once
#include <string>
#include <vector>

namespace chat {

struct Options {
  std::string listen = "127.0.0.1:8080";     ///< HOST:PORT
  std::string data = "chat-data";            ///< directory of databases and keys; made if missing
  std::string web;                           ///< directory of the web client
  std::vector<std::string> trusted_proxies;  ///< addresses or ranges
  bool wants_help = false;
};

extern const char* const kUsage;

/// Throws std::invalid_argument with a sentence for the terminal.
[[nodiscard]] Options read_options(const std::vector<std::string>& arguments);

}  // namespace chat
