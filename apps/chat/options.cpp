// See options.hpp.
#include "apps/chat/options.hpp"

#include <stdexcept>

namespace chat {

const char* const kUsage =
    "dialogue-chat serve [--listen HOST:PORT] [--data DIRECTORY] [--web DIRECTORY] [--trusted-proxy ADDRESS]...\n"
    "  --listen         where to listen, by default 127.0.0.1:8080\n"
    "  --data           where databases and keys are kept, by default chat-data; made if missing\n"
    "  --web            the directory of the web client\n"
    "  --trusted-proxy  an address or range whose X-Forwarded-For and X-Forwarded-Proto count\n";

Options read_options(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name == "serve" && i == 0) continue;
    if (name == "--help" || name == "-h") {
      options.wants_help = true;
      continue;
    }
    std::string* target = name == "--listen" ? &options.listen
                          : name == "--data" ? &options.data
                          : name == "--web"  ? &options.web
                                             : nullptr;
    if (name == "--trusted-proxy") target = &options.trusted_proxies.emplace_back();
    if (!target) throw std::invalid_argument("There is no option " + name + ". dialogue-chat --help lists them.");
    if (i + 1 == arguments.size()) throw std::invalid_argument("The option " + name + " needs a value.");
    *target = arguments[++i];
  }
  return options;
}

}  // namespace chat
