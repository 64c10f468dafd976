// The two ends of a stream: the handler's calls come from any thread, and the loop carries them out one after another. Steps that
// remain when the exchange ends are completed as failed.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include <dialogue/route.hpp>

namespace dialogue {

/// A handler calls one after another, so few wait.
inline constexpr std::size_t kStreamStepsMax = 8;

class RouteChannel final : public RouteStream::Channel {
 public:
  struct Read {
    std::function<void(RoutePart)> done;
  };
  struct Begin {
    RouteResponse head;
    std::optional<std::uint64_t> length;
  };
  struct Write {
    std::string part;
    std::function<void(bool)> done;
  };
  struct Respond {
    RouteResponse response;
  };
  /// The handler has returned; `fault`: why it failed.
  struct End {
    std::string fault;
  };
  using Step = std::variant<Read, Begin, Write, Respond, End>;

  ~RouteChannel() override { close(); }

  void read(std::function<void(RoutePart)> done) override { push(Read{std::move(done)}); }
  void write(std::string part, std::function<void(bool)> done) override { push(Write{std::move(part), std::move(done)}); }
  void begin(RouteResponse head, std::optional<std::uint64_t> length) override { push(Begin{std::move(head), length}); }
  void respond(RouteResponse response) override { push(Respond{std::move(response)}); }
  void end(std::string fault) { push(End{std::move(fault)}); }

  /// The next step; nothing: there is none yet, and `wake` is called once when there is, on any thread.
  [[nodiscard]] std::optional<Step> take(std::function<void()> wake);
  /// From here on every step fails.
  void close();

 private:
  void push(Step step);
  static void fail(const Step& step);

  std::mutex mutex_;
  std::deque<Step> steps_;
  std::function<void()> wake_;
  bool is_closed_ = false;
};

}  // namespace dialogue
