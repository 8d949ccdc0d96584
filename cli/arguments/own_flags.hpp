#pragma once

#include <cstdint>
#include <string>

namespace tug::cli {

class option_set;
struct run_flags;
struct keygen_options;
struct options;

/// What put and get were told, before it is checked.
struct typed_file {
    std::string mode;
    std::uint64_t length = 0;
};

/// The flags and words of put, or of get.
void add_file(option_set& set, options& o, typed_file& typed, bool put);

/// The flags of `run` beyond those of exec.
void add_run(option_set& set, run_flags& run);

/// The flags of `keygen`.
void add_keygen(option_set& set, keygen_options& to);

} // namespace tug::cli
