#pragma once

#include "tug/service/log.hpp"

#include <tug/net/tls.hpp>
#include <tug/proto/error.hpp>
#include <tug/service/options.hpp>

#include <string>
#include <vector>

namespace tug::service {

/// What the command line, the environment and a file say about how tugd runs, in this order of precedence.
struct config {
    options server;
    std::vector<std::string> announce;                         ///< See server::announce_on().
    std::string key_file;                                      ///< Empty with no_auth.
    os::secret_readers key_readers = os::secret_readers::none; ///< Who else may read that file and the key of TLS.
    bool default_listen = false; ///< No address was named: sockets that a manager passes take its place.
    bool no_auth = false;
    bool check = false;        ///< Look at all of this, say what is wrong, and do not start.
    bool no_new_privs = false; ///< Commands gain no privileges by execve, e.g. by sudo.
    net::tls_files tls;        ///< TCP is plain where it names no certificate.
    log_level level = log_level::info;
    log_format format = log_format::text;
};

/// What to do after the command line was read.
struct parsed_config {
    config settings;
    bool run = true;   ///< False after --help and --version, and where something is wrong.
    int exit_code = 0; ///< Where it is not to run.
};

/// Reads argv, the environment and the file of --config. Prints help, or one line that says what is wrong, by itself.
[[nodiscard]] parsed_config parse_config(int argc, char** argv);

} // namespace tug::service
