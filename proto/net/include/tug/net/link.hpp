#pragma once

#include "tug/net/condition.hpp"
#include "tug/net/task_group.hpp"
#include "tug/net/transport.hpp"

#include <tug/proto/connection.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tug::net {

/// While more than this waits for the peer, in bytes, no stream adds to it …
inline constexpr std::size_t output_low_water = 512 * 1024;
/// … and beyond this a server reads nothing more from its client either. A client goes on reading: were both to stop,
/// neither would ever have room again. Its requests wait for room before they are added …
inline constexpr std::size_t output_high_water = 1024 * 1024;
/// … and what it adds without waiting, credit and cancels, is bounded by this: it gives up a server that makes it add
/// more and does not read it.
inline constexpr std::size_t client_output_limit = 16 * 1024 * 1024;

/// How long a peer may take, whatever it does.
struct timeouts {
    std::chrono::milliseconds envelope{30'000}; ///< From the first byte of an envelope to its last.
    std::chrono::milliseconds body{30'000};     ///< Between two bytes of a body.
    std::chrono::milliseconds write{30'000};    ///< Without a read, while something waits for the peer.
};

/// The protocol of one connection on its transport: moves bytes both ways and hands events on, what the peer does to a
/// call to the sink of that call, all others to the owner. Made by std::make_shared; a coroutine that waits on it must
/// keep it alive.
///
/// Thread safety: none; a link lives on the executor of its transport, which is one thread or strand.
class link : public std::enable_shared_from_this<link> {
public:
    /// Takes the events that are not for the sink of a call. It runs inside the read loop and must not block; views in
    /// the event end with the call.
    class owner {
    public:
        virtual void on_event(proto::event& e) = 0;

        /// The peer has sent bytes, or ended. Called before the events of that, also before those that go to sinks.
        virtual void on_input() {}

    protected:
        ~owner() = default;
    };

    /// `scratch` is where bytes are read to first; it may be shared by the links of one thread.
    link(transport t, proto::role side, const proto::limits& sizes, proto::json_reader& reader,
         std::span<std::byte> scratch, const timeouts& waits);

    [[nodiscard]] proto::connection& protocol() noexcept { return protocol_; }

    [[nodiscard]] transport& stream() noexcept { return transport_; }

    [[nodiscard]] auto get_executor() { return transport_.get_executor(); }

    /// Reads and hands on events until the peer, the protocol, stop_reading() or close() ends it. Cancellable. Returns
    /// eof, the error of the transport, or success where it ended for a reason of ours.
    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> read(owner& to);

    /// Makes read() return before its next wait, and events end; for an end, not for a pause.
    void stop_reading() noexcept;

    /// Something was added to the output: writes it before long, together with what is added until then.
    void flush_soon();

    /// Writes what the transport takes now; the rest follows by itself.
    void flush();

    /// True where a stream may add a piece to the output, and a client a request.
    [[nodiscard]] bool has_room() { return protocol_.output().size() < output_low_water; }

    /// Notified when has_room() is true again or the link is closed.
    [[nodiscard]] condition& room() noexcept { return room_; }

    /// Looks at the clock. Call it a few times a second; false where the peer took too long over something, or leaves
    /// too much unread, which then has been dealt with.
    bool tick(std::chrono::steady_clock::time_point now);

    /// Nothing can be late for tick() until something comes or is sent.
    [[nodiscard]] bool at_rest();

    /// Lets the peer read the last words: sends what waits, as long as tick() finds that it is read, says that it was
    /// all, and drops what still comes, at most 1 MiB or for 1 s. Then closes.
    [[nodiscard]] boost::asio::awaitable<void> linger();

    /// Ends the transport at once.
    void close() noexcept;

    [[nodiscard]] bool is_open() const noexcept { return transport_.is_open(); }

    /// Waits for the writer; nothing of this link runs afterwards.
    [[nodiscard]] boost::asio::awaitable<void> join();

private:
    [[nodiscard]] bool crowded() noexcept;
    boost::system::error_code pump(owner& to);
    void resume(owner& to);
    void deliver(owner& to);
    void dispatch(proto::event& e, owner& to);
    [[nodiscard]] boost::asio::awaitable<void> write_rest();
    [[nodiscard]] boost::asio::awaitable<void> close_at(boost::asio::steady_timer& clock);
    [[nodiscard]] boost::system::error_code write_now();

    const proto::role side_;
    transport transport_;
    proto::connection protocol_;
    std::span<std::byte> scratch_;
    timeouts timeouts_;
    condition room_;
    task_group writer_;
    bool reading_ = false; ///< Inside deliver(), which flushes at its end.
    bool stop_ = false;
    bool flush_posted_ = false;
    std::vector<std::byte> held_; ///< Read, and not looked at yet: too much waits to be written. One read at most.
    std::uint64_t received_ = 0;
    std::uint64_t written_ = 0;

    /// What tick() saw last, and since when it has not moved.
    struct watch {
        std::uint64_t mark = 0;
        std::chrono::steady_clock::time_point since{};

        bool stuck(std::uint64_t now_at, std::chrono::steady_clock::time_point now, std::chrono::milliseconds limit);
    };

    watch envelope_;
    watch body_;
    watch write_;
    std::vector<std::span<const std::byte>> gathered_;
};

} // namespace tug::net
