#pragma once

#include "blocking_thread.hpp"

#include <tug/chunk.hpp>
#include <tug/transfer.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tug::cli {

/// A descriptor with its owner; the standard streams are not closed.
class descriptor {
public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}

    ~descriptor();
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;

    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_;
};

using shared_descriptor = std::shared_ptr<const descriptor>; // jobs that were abandoned hold it too

/// A regular file, or what drops all: no reader behind it can hold up what is written there.
[[nodiscard]] bool never_waits(int fd) noexcept;

/// Opens on the worker: a fifo blocks until its other end is there. Throws tug::error (local_io).
[[nodiscard]] boost::asio::awaitable<shared_descriptor> open_file(blocking_thread& on, std::string path, int flags);

/// The same with another way to open what `path` names: `open` returns the descriptor, or -1 with errno.
[[nodiscard]] boost::asio::awaitable<shared_descriptor> open_by(blocking_thread& on, std::string path,
                                                                std::function<int()> open);

/// The next bytes, empty at the end of input. Throws tug::error (local_io).
[[nodiscard]] boost::asio::awaitable<chunk> read_piece(blocking_thread& on, shared_descriptor from, std::size_t most);

/// Writes everything. The errno of what went wrong, else 0.
[[nodiscard]] boost::asio::awaitable<int> write_piece(blocking_thread& on, shared_descriptor to, chunk piece);

/// Throws tug::error (local_io) for an errno.
[[noreturn]] void throw_local(const std::string& what, int why);

/// What is read from a descriptor, for a put.
class descriptor_source : public source {
public:
    descriptor_source(blocking_thread& on, shared_descriptor from) : on_(on), from_(std::move(from)) {}

    [[nodiscard]] boost::asio::awaitable<chunk> next(std::size_t most) override;

private:
    blocking_thread& on_;
    shared_descriptor from_;
};

/// What is written to a descriptor, for a get.
class descriptor_sink : public sink {
public:
    descriptor_sink(blocking_thread& on, shared_descriptor to) : on_(on), to_(std::move(to)) {}

    [[nodiscard]] boost::asio::awaitable<void> write(chunk piece) override;

    [[nodiscard]] bool keeps_up() const noexcept override { return never_waits(to_->get()); }

    /// Whether something was written, or may have been: a reader may have it.
    [[nodiscard]] bool begun() const noexcept { return begun_; }

private:
    blocking_thread& on_;
    shared_descriptor to_;
    bool begun_ = false;
};

} // namespace tug::cli
