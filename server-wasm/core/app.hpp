// An app.json as a server runs it. Pure functions.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "server/core/effects/shard_config.hpp"

namespace dialogue::page_server {

/// Returns the configuration of a server with these definitions (UTF-8, at most kDefinitionBytesMax); or, if they are invalid,
/// one line per problem, each with its place in the text.
[[nodiscard]] std::variant<std::unique_ptr<core::ShardConfig>, std::string> config_of(std::string_view app_json);

}  // namespace dialogue::page_server
