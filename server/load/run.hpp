// One run of the load: all members join, publications are sent by the plan, each delivery is checked, and all members leave.
// One thread, one epoll set.
//
//   Run run(plan);
//   const Report report = run.measure();
//   run.hold(STDIN_FILENO);   (Mode::idle)
//   run.leave();
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "server/load/delivery_tracker.hpp"
#include "server/load/latencies.hpp"
#include "server/load/members/dialogue_member.hpp"
#include "server/load/members/member.hpp"
#include "server/load/plan.hpp"
#include "server/load/report.hpp"
#include "server/load/server_process.hpp"

namespace dialogue::load {

class Run final : private Audience {
 public:
  /// `plan` outlives the run. Throws SetupError if this machine cannot execute it.
  explicit Run(const Plan& plan);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Throws SetupError if the server cannot be reached, or admits no member.
  [[nodiscard]] Report measure();
  /// Stays, and answers the server's requests, until `descriptor` is closed.
  void hold(int descriptor);
  void leave();

 private:
  void joined(Member& member) override;
  void delivered(Member& member, const Stamp& stamp) override;
  void acknowledged(Member& member) override;
  void refused(Member& member, const std::string& why) override;
  void lost(Member& member, const std::string& why, Loss loss) override;
  void wants_flush(Member& member) override;

  // run_loop.cpp
  using Condition = std::function<bool()>;
  /// Turns the loop until `is_done`, or the time; false when it was the time.
  bool turn_until(const Condition& is_done, std::uint64_t until_us);
  void turn(std::uint64_t until_us);
  void flush_all();
  void sweep();

  // run.cpp: the phases
  void add_members();
  void connect(std::size_t from, std::size_t to, std::size_t at_once);
  void settle(std::uint64_t us);
  void publish_all();
  void storm();
  void drain();
  /// Turns until `is_done`, or until nothing has come for a while.
  void drain(const std::function<bool()>& is_done);
  void resume_stalled();
  void conclude();

  // run_publishing.cpp
  void publish(Member& member);
  void publish_what_is_due();
  void publish_next(Member& member);
  [[nodiscard]] std::uint32_t room_of(std::size_t member) const { return static_cast<std::uint32_t>(member % plan_.rooms); }
  [[nodiscard]] bool is_publisher(std::size_t member) const { return member / plan_.rooms < plan_.publishers; }
  [[nodiscard]] bool is_stalled(std::size_t member) const { return member >= plan_.clients - plan_.stalled; }
  [[nodiscard]] DeliveryTracker& arrivals(std::size_t member, std::size_t publisher) {
    return arrivals_[member * plan_.publishers + publisher / plan_.rooms];
  }

  const Plan& plan_;
  ServerProcess server_;
  std::vector<char> buffer_;
  std::optional<TlsContext> tls_;
  StreamClientContext context_;
  DialogueTerms terms_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<Member*> dirty_;
  std::vector<DeliveryTracker> arrivals_;   ///< for each member and each publisher of its room
  std::vector<std::uint64_t> published_;    ///< for each publisher, by its index as a member
  std::vector<std::uint32_t> live_, late_;  ///< the number of members of each room that read, and that are stalled

  std::uint64_t reconnecting_until_us_ = 0;  ///< until then members reconnect, each at its own time
  std::string fatal_;                        ///< why the run cannot go on
  std::string last_fault_;                   ///< of a connection, reported when no member joins any more
  std::size_t joined_ = 0, connecting_ = 0;
  bool is_publishing_ = false, is_leaving_ = false;
  std::uint64_t begin_us_ = 0, end_us_ = 0, next_due_us_ = 0, next_publication_ = 0, last_delivery_us_ = 0, swept_us_ = 0;
  std::uint64_t expected_ = 0, expected_late_ = 0;  ///< deliveries, to those who read on and to the stalled
  Latencies latencies_, connect_times_;
  Report report_;
};

}  // namespace dialogue::load
