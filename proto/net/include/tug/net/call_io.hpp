#pragma once

#include "tug/net/condition.hpp"
#include "tug/net/link.hpp"

#include <tug/proto/chunk.hpp>
#include <tug/proto/connection.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tug::net {

/// The awaitable streams of one call, for either side. Streams are named by their index among those of their direction.
///
/// Thread safety: none; on the link's executor. One coroutine at a time may wait on a stream. Waits are cancellable and
/// then fail with `cancelled`; the streams stay usable. After interrupt() every wait fails at once.
class call_io {
public:
    /// The sink of the call passes on_data(), on_credit() and on_stopped() on to this.
    call_io(std::shared_ptr<link> over, proto::call_ptr c);
    call_io(const call_io&) = delete;
    call_io& operator=(const call_io&) = delete;

    /// The next bytes of an inbound stream; an empty chunk is its eof. Fails where the call ended without eof, or the
    /// stream was stopped. Says that the caller has done with what it read before: the peer may send as much again.
    [[nodiscard]] boost::asio::awaitable<proto::result<proto::chunk>> read(std::size_t stream);

    /// The next bytes if they are here already; nothing where one would have to wait.
    [[nodiscard]] std::optional<proto::chunk> read_ready(std::size_t stream);

    /// The same for a caller that has not done with what it read before, and takes several pieces at once.
    [[nodiscard]] std::optional<proto::chunk> read_more(std::size_t stream);

    /// Waits for credit and says how many bytes write() will send without waiting for more of it, at most
    /// proto::piece_size: read so much from the file or pipe, then write it. 0 where the peer wants no more.
    [[nodiscard]] boost::asio::awaitable<proto::result<std::size_t>> credit(std::size_t stream);

    /// Sends all of `piece`, waiting for credit and for room in the output as often as it takes. False where the peer
    /// wants no more.
    [[nodiscard]] boost::asio::awaitable<proto::result<bool>> write(std::size_t stream, proto::chunk piece);

    /// Waits for room in the output. With credit() before it, send() then takes what credit() said, at once.
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> room(std::size_t stream);

    /// Bytes that send() takes now.
    [[nodiscard]] std::size_t sendable(std::size_t stream) const noexcept;

    /// Sends without waiting. Precondition: piece.size() <= sendable(stream).
    void send(std::size_t stream, proto::chunk piece);

    void send_eof(std::size_t stream, std::string_view digest = {});

    /// For a stream whose sender waits for it: says where to begin, and waits until that was said.
    void say_start(std::size_t stream, std::uint64_t position);
    [[nodiscard]] boost::asio::awaitable<proto::result<std::uint64_t>> start(std::size_t stream);

    /// The next piece that is sent, or eof, says that it is at this position.
    void set_offset(std::size_t stream, std::uint64_t position) { call_->outbound[stream].set_offset(position); }

    /// Tells the peer that its data of an inbound stream are waited for.
    void say_ready(std::size_t stream);

    /// The caller reads this inbound stream as fast as it comes, and holds nothing up: on a long link the peer may send
    /// at once what the window could grow to. Before the first read().
    void widen(std::size_t stream);

    /// No more is wanted of an inbound stream.
    void stop(std::size_t stream);

    /// Fails every wait from now on; bytes that are here already can still be read.
    void interrupt(const proto::failure& why);

    [[nodiscard]] const std::optional<proto::failure>& interrupted() const noexcept { return broken_; }

    /// Bytes that were taken from or given to its streams so far.
    [[nodiscard]] std::uint64_t carried() const noexcept { return received_ + sent_; }

    [[nodiscard]] std::uint64_t received() const noexcept { return received_; }

    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }

    [[nodiscard]] proto::call_state& call() noexcept { return *call_; }

    [[nodiscard]] const std::shared_ptr<net::link>& over() const noexcept { return link_; }

    // --- what read() and credit() are made of ----------------------------------------------------------------------
    /// What read() gives without waiting; nothing where one has to wait for readable() and try again.
    [[nodiscard]] std::optional<proto::result<proto::chunk>> try_read(std::size_t stream);

    [[nodiscard]] condition& readable(std::size_t stream) { return *inbound_[stream]; }

    /// What credit() gives without waiting; nothing where one has to wait for writable() and try again.
    [[nodiscard]] std::optional<proto::result<std::size_t>> try_credit(std::size_t stream);

    [[nodiscard]] condition& writable(std::size_t stream) { return *outbound_[stream]; }

    // --- what the sink of the call is told -------------------------------------------------------------------------
    void on_data(std::size_t stream) { inbound_[stream]->notify_all(); }

    void on_credit(std::size_t stream) { outbound_[stream]->notify_all(); }

    void on_stopped(std::size_t stream) { outbound_[stream]->notify_all(); }

private:
    std::shared_ptr<link> link_;
    proto::call_ptr call_;
    /// One for each stream of a direction. A condition cannot be moved, so they are made in their places.
    using conditions = std::vector<std::optional<condition>>;

    conditions inbound_;
    conditions outbound_;
    std::optional<proto::failure> broken_;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    bool starved_ = false; ///< The sink was told so.
};

} // namespace tug::net
