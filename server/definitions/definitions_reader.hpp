// The work behind load_definitions: one reader per file. Events are read before rooms, because rooms name them.
// Used by definitions_json.cpp, event_json.cpp, document_json.cpp, push_json.cpp, call_json.cpp, presence_json.cpp and
// room_json.cpp only.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "server/definitions/schema/schema_json.hpp"
#include "server/definitions/source/json_location.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

class DefinitionsReader {
 public:
  explicit DefinitionsReader(Definitions& out) : out_(out) {}
  void read(const JsonLocation& root);

 private:
  void read_events(const JsonLocation& site);
  void read_event(const std::string& name, const JsonLocation& site);
  void read_delivery(EventDefinition& event, const JsonLocation& site);
  void read_document(EventDefinition& event, const JsonLocation& site);
  void read_window(EventDefinition& event, const JsonLocation& site);
  void check_latest_key(const EventDefinition& event, const JsonLocation& site);
  void read_filterable(EventDefinition& event, const JsonLocation& site);
  void read_push(EventDefinition& event, const JsonLocation& site);
  void read_push_target(EventDefinition& event, const JsonLocation& site);
  [[nodiscard]] std::string read_push_template(const EventDefinition& event, const JsonLocation& site);
  [[nodiscard]] bool may_have(NodeIndex index, std::string_view path) const;

  void read_calls(const JsonLocation& site, bool is_streams);
  void read_call(const std::string& name, const JsonLocation& site, bool is_stream);
  void read_call_errors(CallDefinition& call, const JsonLocation& site);
  /// Without a schema the value is null.
  [[nodiscard]] NodeIndex read_value(const std::optional<JsonLocation>& schema);

  void read_rooms(const JsonLocation& site);
  /// `id_fault` reports a problem with the id at its place in the file.
  using IdError = std::function<void(std::string message, std::string hint)>;
  void read_room(const std::string& id, const JsonLocation& site, const IdError& id_fault);
  void read_room_members(RoomDefinition& room, const JsonLocation& site);
  void read_presence(RoomDefinition& room, const JsonLocation& site);
  void check_documents(RoomDefinition& room, const JsonLocation& site);
  void read_retention(RoomDefinition& room, const JsonLocation& site);
  void read_access(RoomDefinition& room, const JsonLocation& site);
  void read_publish_access(RoomDefinition& room, const JsonLocation& site);
  [[nodiscard]] std::vector<std::string> read_event_names(const JsonLocation& site, const std::vector<std::string>& known,
                                                          std::string_view where);
  [[nodiscard]] std::optional<Grants> read_grants(const RoomDefinition& room, const JsonLocation& site);

  void read_rate_limits(const JsonLocation& site);
  void read_client_limits(const JsonLocation& site);
  [[nodiscard]] RateLimit read_rate_limit(const JsonLocation& site);

  Definitions& out_;
  SharedSchemas shared_;
  std::vector<std::string> event_names_;            ///< of the file, also of events that have a problem
  std::map<std::string, std::string> room_shapes_;  ///< pattern without its parameter's name -> id
};

}  // namespace dialogue::definitions
