#pragma once

namespace tug::cli {

class option_set;
struct run_flags;
struct keygen_options;

/// The flags of `run` beyond those of exec.
void add_run(option_set& set, run_flags& run);

/// The flags of `keygen`.
void add_keygen(option_set& set, keygen_options& to);

} // namespace tug::cli
