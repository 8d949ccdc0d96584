#pragma once

#include "byte_streams.hpp"

#include <cstddef>

namespace tug::cli {

/// What is typed at a terminal. A read that waits ends with this object: no thread stays in it, to take what the next
/// reader of the terminal should have.
class terminal_input {
public:
    /// `terminal` is read on the thread `on`.
    terminal_input(blocking_thread& on, shared_descriptor terminal);
    ~terminal_input();

    terminal_input(const terminal_input&) = delete;
    terminal_input& operator=(const terminal_input&) = delete;

    /// The next bytes; empty where the terminal is gone. Throws tug::error (local_io). When cancelled, what was typed
    /// in that moment is lost.
    [[nodiscard]] boost::asio::awaitable<chunk> read(std::size_t most);

private:
    blocking_thread& on_;
    shared_descriptor terminal_;
    shared_descriptor over_; ///< Readable once this object is gone.
};

} // namespace tug::cli
