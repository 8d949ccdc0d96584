#pragma once

#include <tug/os/unique_fd.hpp>

#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

#include <sys/types.h>

#include <optional>

namespace tug::service {

/// Both ends of a terminal (pty). The command has the slave as its descriptors 0, 1 and 2; what is written to the
/// master is typed, and what is read from it was printed. Close-on-exec, and no session has it as its controlling
/// terminal yet.
struct terminal_ends {
    os::unique_fd master;
    os::unique_fd slave;
};

/// Opens a terminal of that size, which takes its input for UTF-8, as a program finds it that was just started.
/// `owner` is whom its command runs as, where that is another user than the one of this process.
///
/// Fails with unsupported where the host, or this mount namespace, has no terminals; busy where all are taken.
[[nodiscard]] proto::result<terminal_ends> open_terminal(const proto::terminal_params& how, std::optional<uid_t> owner);

/// The size of the terminal. The processes in its foreground get SIGWINCH where it is another one than before.
bool set_terminal_size(int master, std::uint16_t rows, std::uint16_t cols) noexcept;

} // namespace tug::service
