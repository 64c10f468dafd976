// dialogue-chat: the team chat as one program. It keeps chat.db (who may), log.db (what was said) and the key of its tokens in
// one directory, and serves the web client, the calls and the realtime rooms on one port.
#include <dialogue/dialogue.hpp>

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "apps/chat/api/file_routes.hpp"
#include "apps/chat/api/http_routes.hpp"
#include "apps/chat/bridge/definitions.hpp"
#include "apps/chat/bridge/hooks.hpp"
#include "apps/chat/bridge/log_access.hpp"
#include "apps/chat/bridge/outbox_publisher.hpp"
#include "apps/chat/bridge/projection.hpp"
#include "apps/chat/bridge/server_side.hpp"
#include "apps/chat/options.hpp"
#include "apps/chat/security/password_hash.hpp"
#include "apps/chat/security/random.hpp"

namespace {

constexpr std::uint32_t kRequestsPerMinute = 1'200;  // of an address: an office shares one
constexpr std::uint64_t kDrainPauseMs = 500;
constexpr mode_t kOthersHaveNoRights = 0077;
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

/// The key that seals tokens, made at the first start.
std::string read_key(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) std::ofstream(path, std::ios::binary) << chat::random_bytes(chat::Tokens::kKeyBytes);
  std::ostringstream key;
  key << std::ifstream(path, std::ios::binary).rdbuf();
  if (key.str().size() != chat::Tokens::kKeyBytes)
    throw std::runtime_error(path.string() +
                             " is not a key of 32 bytes. Restore it, or delete it: then everybody logs in again.");
  return key.str();
}

std::uint64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

dialogue::Config config_of(const chat::Options& options, const std::filesystem::path& data) {
  dialogue::Config config;
  config.definitions = dialogue::definitions_from_json(chat::kDefinitions, "chat.json");
  config.listen = options.listen;
  config.static_directory = options.web;
  config.trusted_proxy = options.trusted_proxies;
  config.http_requests = kRequestsPerMinute;
  config.content_security_policy = kPolicy;
  config.serves_client = false;
  config.serves_socketio = false;
  config.drain_pause_ms = kDrainPauseMs;
  config.store = dialogue::open_store("sqlite:" + (data / "log.db").string());
  return config;
}

int serve(const chat::Options& options) {
  umask(kOthersHaveNoRights);
  const std::filesystem::path data(options.data);
  std::filesystem::create_directories(data / "files");
  chat::Store store((data / "chat.db").string());
  const chat::Tokens tokens(read_key(data / "tokens.key"));
  chat::ServerSide realtime;
  chat::Service service{store, tokens, realtime, unix_ms};
  chat::CallThreads threads;
  (void)chat::hash_of_nobody();

  dialogue::Config config = config_of(options, data);
  config.async_authenticator = chat::authenticator(service, threads);
  dialogue::Instance server = dialogue::create_dialogue(std::move(config));
  chat::OutboxPublisher outbox(server, store, threads.quick);
  chat::Eraser eraser(store, threads.quick, chat::erasing(server));
  chat::Projection projection(store, threads.quick, chat::reading(server), [&eraser] { eraser.wake(); });
  eraser.then([&service, files = data / "files"] { chat::sweep_files(service, files); });
  const dialogue::Subscription news = chat::follow_rooms(server, projection);
  realtime.attach(server, outbox, eraser);
  chat::add_routes(server, service, threads);
  chat::add_file_routes(server, service, threads, data / "files");
  chat::add_hooks(server, service, threads);
  server.listen();
  outbox.wake();
  projection.begin();
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  std::cout << "Dialogue Chat listens on http://" << host << ":" << server.port() << "/" << std::endl;
  server.run_until_signal();
  threads.quick.stop();
  threads.join();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const chat::Options options = chat::read_options({argv + 1, argv + argc});
  if (options.wants_help) {
    std::cout << chat::kUsage;
    return 0;
  }
  return serve(options);
} catch (const std::exception& fault) {
  std::cerr << fault.what() << std::endl;
  return 1;
}
