// The formats that assert, by the names that schemas use. Immutable; safe from any thread.
#pragma once
#include <array>
#include <string_view>

#include "shared/schema.hpp"

namespace dialogue {

struct FormatName {
  Format format;
  std::string_view name;
};

inline constexpr std::array kFormatNames = {FormatName{Format::date_time, "date-time"}, FormatName{Format::date, "date"},
                                            FormatName{Format::time, "time"},           FormatName{Format::email, "email"},
                                            FormatName{Format::hostname, "hostname"},   FormatName{Format::ipv4, "ipv4"},
                                            FormatName{Format::ipv6, "ipv6"},           FormatName{Format::uri, "uri"},
                                            FormatName{Format::uuid, "uuid"},           FormatName{Format::bytes, "bytes"}};

}  // namespace dialogue
