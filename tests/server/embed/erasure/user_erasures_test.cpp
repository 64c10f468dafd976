// The order and the ends of erasures of users, without an instance.
#include "server/embed/erasure/user_erasures.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <string>
#include <vector>

namespace dialogue::test {
namespace {

/// Steps that note what they did, the first of which waits for the test or for its cancellation.
struct HeldSteps {
  std::promise<void> entered;
  std::promise<void> released;
  std::vector<std::string> steps;
  bool is_first = true;

  void note(const std::string& step, const UserErasures::IsCancelled& is_cancelled) {
    if (std::exchange(is_first, false)) {
      entered.set_value();
      const auto release = released.get_future();
      while (release.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready && !is_cancelled()) {}
    }
    steps.push_back(step + (is_cancelled() ? " cancelled" : ""));
  }

  UserErasures erasures{{[this](const api::ErasureRequest& what, const auto& is_cancelled) {
                           note(what.user_id, is_cancelled);
                           return api::ErasureReport{};
                         },
                         [] { return true; }, [this](const auto& is_cancelled) { note("notices", is_cancelled); }}};

  std::future<ErrorCode> erase(const std::string& user_id) {
    const auto promise = std::make_shared<std::promise<ErrorCode>>();
    erasures.erase({user_id}, [promise](const api::ErasureReport& report) { promise->set_value(report.code); });
    return promise->get_future();
  }
};

}  // namespace

TEST_CASE("an erasure that is requested while notices are published begins after them, and another one is rate_limited") {
  HeldSteps held;
  held.erasures.notify();
  held.entered.get_future().wait();
  auto first = held.erase("ann");
  auto repeated = held.erase("ann");
  CHECK(held.erase("ben").get() == ErrorCode::rate_limited);
  held.released.set_value();
  CHECK(first.get() == ErrorCode::ok);
  CHECK(repeated.get() == ErrorCode::ok);
  CHECK(held.steps == std::vector<std::string>{"notices", "ann"});
}

TEST_CASE("the end cancels the erasure under way, and later ones are answered draining") {
  HeldSteps held;
  auto first = held.erase("ann");
  held.entered.get_future().wait();
  held.erasures.end();
  CHECK(first.get() == ErrorCode::ok);
  CHECK(held.steps == std::vector<std::string>{"ann cancelled"});
  CHECK(held.erase("ben").get() == ErrorCode::draining);
}

}  // namespace dialogue::test
