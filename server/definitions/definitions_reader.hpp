// The work behind load_definitions: one reader per file. Events are read before rooms, because rooms name them.
// Used by definitions_json.cpp, event_json.cpp and room_json.cpp only.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "server/definitions/source/json_site.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

class DefinitionsReader {
 public:
  explicit DefinitionsReader(Definitions& out) : out_(out) {}
  void read(const JsonSite& root);

 private:
  void read_events(const JsonSite& site);
  void read_event(const std::string& name, const JsonSite& site);
  void read_delivery(EventDefinition& event, const JsonSite& site);
  void read_window(EventDefinition& event, const JsonSite& site);
  void check_latest_key(const EventDefinition& event, const JsonSite& site);

  void read_rooms(const JsonSite& site);
  /// `id_fault` tells a problem with the id at the place where the file says it.
  using IdFault = std::function<void(std::string message, std::string hint)>;
  void read_room(const std::string& id, const JsonSite& site, const IdFault& id_fault);
  void read_room_members(RoomDefinition& room, const JsonSite& site);
  void read_retention(RoomDefinition& room, const JsonSite& site);
  void read_access(RoomDefinition& room, const JsonSite& site);
  void read_publish_access(RoomDefinition& room, const JsonSite& site);
  [[nodiscard]] std::vector<std::string> read_event_names(const JsonSite& site, const std::vector<std::string>& known,
                                                          std::string_view where);
  [[nodiscard]] std::optional<Grants> read_grants(const RoomDefinition& room, const JsonSite& site);

  void read_rate_limits(const JsonSite& site);
  void read_client_limits(const JsonSite& site);
  [[nodiscard]] RateLimit read_rate_limit(const JsonSite& site);

  Definitions& out_;
  std::vector<std::string> event_names_;            ///< of the file, also of events that have a problem
  std::map<std::string, std::string> room_shapes_;  ///< pattern without its parameter's name -> id
};

}  // namespace dialogue
