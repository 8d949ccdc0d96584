#pragma once

#include "config.hpp"

#include <tug/service/server.hpp>

namespace tug::service {

/// Reads the files of TLS, where there are any, for a server that has not started. Fails with bad_tls_file. A
/// certificate that is out of date is a warning.
[[nodiscard]] proto::result<void> set_up_tls(server& s, const config& c, const log& logger);

/// Reads them again. What cannot be used keeps the old ones in use, and is logged.
void reload_tls(server& s, const config& c, const log& logger);

/// Where the log is set to say no warnings, says on stderr that others can read what crosses the network.
void warn_of_plaintext(const server& s, const log& logger);

} // namespace tug::service
