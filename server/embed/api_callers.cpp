// The definition's rule and the token's must both allow it, as for connections. Rooms that the definitions do not know were made
// at run time, with rules that are not known here: they take who may manage everything.
#include "server/embed/api_callers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "server/core/access/access.hpp"
#include "shared/base/names.hpp"
#include "shared/catalogue/catalogue.hpp"

namespace dialogue {
namespace {

/// A set of unguessable names: a caller that may manage them all may manage every room. One name would not be enough, because a
/// claim that its bearer chose may be at the end of a pattern.
constexpr std::size_t kProbes = 8;

std::string random_name() {
  constexpr std::size_t kDigits = 32;
  std::random_device device;
  std::string name;
  while (name.size() < kDigits) name += "0123456789abcdef"[device() % 16];
  return name;
}

class TokenRights {
 public:
  TokenRights(const Definitions& definitions, std::vector<std::uint8_t> bytes, bool asks_of_joins)
      : asks_of_joins_(asks_of_joins),
        rooms_(definitions.rooms),
        bytes_(std::move(bytes)),
        catalogue_(CatalogueView::parse(bytes_).value_or(CatalogueView())) {
    std::generate(probes_.begin(), probes_.end(), random_name);
  }

  [[nodiscard]] bool may_manage(const core::Identity& identity, std::string_view room_id) const {
    if (!identity.token || !identity.token->capabilities) return false;
    const RoomDefinition* room = definition_of(room_id);
    return room != nullptr ? !core::missing_right(*room, room_id, core::Right::manage, identity)
                           : may_manage_all(*identity.token->capabilities);
  }

  /// Whether an identity may read the log of a room: it may join the room and read its history by the definitions. Never if a
  /// hook decides about joins, since only the application knows who may read, and from which position.
  [[nodiscard]] bool may_read(const core::Identity& identity, std::string_view room_id) const {
    const RoomDefinition* room = asks_of_joins_ ? nullptr : definition_of(room_id);
    return room != nullptr && !core::missing_right(*room, room_id, core::Right::join, identity) &&
           !core::missing_right(*room, room_id, core::Right::history, identity);
  }

  /// Whether an identity may publish. In rooms that are not in the definitions, and outside of rooms, only the token decides.
  [[nodiscard]] bool may_publish(const core::Identity& identity, std::string_view room_id, std::string_view event) const {
    if (!identity.token || !identity.token->capabilities) return false;
    if (const RoomDefinition* room = definition_of(room_id)) return !core::missing_publish_right(*room, room_id, event, identity);
    const core::Capabilities& capabilities = *identity.token->capabilities;
    if (!room_id.empty()) return may_manage_all(capabilities) && capabilities.allows_publish(room_id, event);
    return std::all_of(probes_.begin(), probes_.end(),
                       [&](const std::string& probe) { return capabilities.allows_publish(probe, event); });
  }

 private:
  [[nodiscard]] const RoomDefinition* definition_of(std::string_view room_id) const {
    const auto index = is_name(room_id) ? catalogue_.match_room(room_id) : std::nullopt;
    if (!index) return nullptr;
    const std::string_view id = catalogue_.room(*index).id;
    const auto room = std::find_if(rooms_.begin(), rooms_.end(), [id](const RoomDefinition& each) { return each.id == id; });
    return room != rooms_.end() ? &*room : nullptr;
  }
  [[nodiscard]] bool may_manage_all(const core::Capabilities& capabilities) const {
    return std::all_of(probes_.begin(), probes_.end(),
                       [&](const std::string& probe) { return capabilities.allows(probe, core::Right::manage); });
  }

  const bool asks_of_joins_;
  std::array<std::string, kProbes> probes_;
  std::vector<RoomDefinition> rooms_;
  std::vector<std::uint8_t> bytes_;
  CatalogueView catalogue_;  ///< over bytes_
};

std::uint64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

api::CallerSource callers_with_tokens(core::IdentitySource identify, const Definitions& definitions,
                                      const std::vector<std::uint8_t>& catalogue_bytes, bool asks_of_joins) {
  const auto rights = std::make_shared<const TokenRights>(definitions, catalogue_bytes, asks_of_joins);
  return [identify = std::move(identify), rights](const std::string& token, const std::function<void(api::CallerVerdict)>& done) {
    core::IdentityQuestion question;
    question.credentials.token = token;
    question.unix_ms = unix_ms();
    identify(std::move(question), [rights, done](core::AuthResult result) {
      if (auto* refusal = std::get_if<core::Refusal>(&result)) return done(std::move(*refusal));
      const auto identity = std::make_shared<const core::Identity>(std::get<core::Identity>(std::move(result)));
      api::PublishRights publishes{identity, [rights, identity](std::string_view room_id, std::string_view event) {
                                     return rights->may_publish(*identity, room_id, event);
                                   }};
      done(api::Caller{"user:" + identity->user_id,
                       [rights, identity](core::Right right, std::string_view room_id) {
                         if (rights->may_manage(*identity, room_id)) return true;
                         return right == core::Right::history && rights->may_read(*identity, room_id);
                       },
                       std::move(publishes)});
    });
  };
}

}  // namespace dialogue
