#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <functional>

namespace tug::cli {

/// SIGINT, SIGTERM and SIGHUP: the first one is an event of the io_context, the second ends the process by that signal
/// at once, also while the thread of the io_context hangs in a write. Those that were ignored stay ignored.
///
/// One object at a time: signals are the process's. Thread safety: none; a signal may come in any thread.
class caught_signals {
public:
    /// `on_first` runs on the io_context. Until arm() every signal ends the process.
    caught_signals(boost::asio::io_context& io, std::function<void()> on_first);
    ~caught_signals();

    caught_signals(const caught_signals&) = delete;
    caught_signals& operator=(const caught_signals&) = delete;

    /// The next signal is a first one.
    void arm() noexcept;

    /// The next signal ends the process.
    void disarm() noexcept;

    /// From now on SIGWINCH runs `what` on the io_context: the local terminal may have another size. Nothing: no
    /// longer.
    void on_resize(std::function<void()> what);

    /// The first signal that came; 0 for none. It is known before on_first runs.
    [[nodiscard]] int first() const noexcept;

    /// Forgets it, also where on_first has yet to run.
    void forget() noexcept;

private:
    void listen();

    boost::asio::posix::stream_descriptor wake_;
    std::function<void()> on_first_;
    std::function<void()> on_resize_;
    std::uint64_t count_ = 0;
};

} // namespace tug::cli
