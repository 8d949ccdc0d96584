#pragma once

namespace tug::service {

/// From now on std::terminate() writes one line to stderr that says why, and ends the process by SIGABRT, after which a
/// supervisor starts it again. What leads there is want of memory where nothing can be refused any more, or a bug.
void install_terminate_handler();

} // namespace tug::service
