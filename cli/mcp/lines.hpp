#pragma once

#include "cli/local/byte_streams.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace tug::cli::mcp {

/// Lines of standard input, each at most `longest` bytes long.
class line_reader {
public:
    line_reader(blocking_thread& on, std::size_t longest) : on_(on), longest_(longest) {}

    struct line {
        std::string text;
        bool too_long = false; ///< Then the text is missing.
    };

    /// Without its end; nothing at the end of input, also where that comes inside a line. Throws tug::error (local_io).
    [[nodiscard]] boost::asio::awaitable<std::optional<line>> next();

private:
    blocking_thread& on_;
    std::size_t longest_;
    shared_descriptor input_ = std::make_shared<const descriptor>(0);
    std::string buffer_;
    std::size_t searched_ = 0; ///< Of the buffer: there is no line end in it.
    bool dropping_ = false;    ///< The rest of a line that is too long.
};

/// Lines for standard output, written in order by one coroutine.
class line_writer {
public:
    explicit line_writer(blocking_thread& on, const boost::asio::any_io_executor& executor);

    void add(const std::string& line);

    /// Bytes that were added and not written yet.
    [[nodiscard]] std::size_t waiting() const noexcept { return unwritten_; }

    /// Writes what is added until close() was called and all of it is written, or until that fails.
    [[nodiscard]] boost::asio::awaitable<void> run();

    void close();

    /// Waits until no more than `most` bytes wait, or writing has failed.
    [[nodiscard]] boost::asio::awaitable<void> drained(std::size_t most);

    [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
    blocking_thread& on_;
    shared_descriptor output_ = std::make_shared<const descriptor>(1);
    boost::asio::steady_timer changed_; ///< Never expires; cancelled at each change.
    std::string queue_;
    std::size_t unwritten_ = 0;
    bool closed_ = false;
    bool failed_ = false;
};

} // namespace tug::cli::mcp
