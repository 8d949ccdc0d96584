#pragma once

#include <tug/proto/signal_names.hpp>

namespace tug {

/// The names of signals in exec_result::signal and for process::signal(), and their numbers.
using proto::signal_name;
using proto::signal_number;

} // namespace tug
