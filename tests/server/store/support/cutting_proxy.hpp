// A TCP proxy before a server of loopback that cuts a connection at a chosen request: before the server has it, or behind, with
// its answer. Ends with its object; a connection has a thread.
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dialogue::testing {

class CuttingProxy {
 public:
  explicit CuttingProxy(int server_port);
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;
  ~CuttingProxy();

  [[nodiscard]] int port() const { return port_; }
  enum class Cut { before, behind };
  /// Cuts the connection of the next request that contains `words`, once. `then` is called before the client notices.
  void cut(Cut where, std::string words, std::function<void()> then = {});
  /// New connections go to another server.
  void lead_to(int server_port) { server_port_ = server_port; }
  [[nodiscard]] int cuts() const { return cuts_; }

 private:
  void accept_all();
  void carry(int client);
  [[nodiscard]] bool is_cut(const std::string& request);

  std::atomic<int> server_port_;
  const int port_;
  int listening_ = -1, stop_ = -1;
  std::mutex mutex_;
  Cut where_ = Cut::before;
  std::string words_;
  std::function<void()> then_;
  std::atomic<int> cuts_ = 0;
  std::vector<std::thread> threads_;
  std::thread accepting_;  ///< last: it uses the others
};

}  // namespace dialogue::testing
