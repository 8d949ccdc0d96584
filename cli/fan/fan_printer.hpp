#pragma once

#include "cli/arguments/options.hpp"
#include "cli/commands/change.hpp"
#include "cli/hosts/invocation.hpp"
#include "host_outcome.hpp"
#include "line_merger.hpp"

#include <tug/process.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tug::cli {

/// Writes what many hosts say: each line with the name of its host, in colours on a terminal, or as an object with
/// --json. One write at a time; a host whose line has to wait for it is held up.
///
/// Thread safety: none; on one executor.
class fan_printer {
public:
    fan_printer(const options& o, invocation& s);

    fan_printer(const fan_printer&) = delete;
    fan_printer& operator=(const fan_printer&) = delete;

    /// Passes a piece of output on. False where the reader of standard output is gone. Throws tug::error (local_io).
    [[nodiscard]] boost::asio::awaitable<bool> pass(std::size_t host, output_stream from, std::string_view text);

    /// Nothing more comes of that host: says what is left of its output, then what became of it.
    [[nodiscard]] boost::asio::awaitable<void> ended(std::size_t host, const host_outcome& how);

    /// Nothing more comes of any.
    [[nodiscard]] boost::asio::awaitable<void> finish(std::span<const host_outcome> all);

    [[nodiscard]] bool reader_left() const noexcept { return reader_left_; }

private:
    struct turn;

    boost::asio::awaitable<void> drain();
    boost::asio::awaitable<void> say(int fd, std::string text);
    boost::asio::awaitable<void> write(int fd, std::string text);
    [[nodiscard]] std::string text_of(const line_merger::piece& what) const;
    [[nodiscard]] std::string prefix_of(const line_merger::piece& what) const;
    [[nodiscard]] std::string objects_of(const line_merger::piece& what) const;

    const options& options_;
    invocation& invocation_;
    line_merger merger_;
    change changed_;
    std::size_t width_ = 0;
    bool colour_[2];
    bool writing_ = false;
    bool reader_left_ = false;
};

} // namespace tug::cli
