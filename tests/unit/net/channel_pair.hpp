#pragma once

#include "support/played_peer.hpp"
#include "support/talk.hpp"

#include "tug/net/byte_channel.hpp"
#include "tug/net/call_io.hpp"
#include "tug/net/link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::test {

inline const std::vector<proto::stream_spec> channel_streams{to_server("in"),
                                                             {"out", proto::direction::to_client, true}};

inline proto::limits with_window(std::uint64_t bytes) {
    proto::limits sizes;
    sizes.window = bytes;
    return sizes;
}

/// What an operation ended with; nothing while it waits.
struct ended {
    boost::system::error_code ec;
    std::size_t bytes = 0;
};

/// A link whose peer is played by hand, with one call of a server and a channel over its two streams.
struct channel_pair : played_peer, net::link::owner, proto::call_sink {
    proto::json_reader reader;
    std::vector<std::byte> scratch = std::vector<std::byte>(4096);
    std::shared_ptr<net::link> over;
    std::shared_ptr<net::call_io> streams;
    std::optional<net::byte_channel> it;
    bool starved = false;
    std::string buffer = std::string(100, '\0');

    explicit channel_pair(const proto::limits& sizes = {}) {
        over = std::make_shared<net::link>(connect(), proto::role::server, sizes, reader, scratch, net::timeouts());
        over->protocol().greet(sample_hello(false, sizes));
        streams = std::make_shared<net::call_io>(
            over, over->protocol().open(proto::call_id(7), channel_streams, proto::call_class::bulk).value());
        over->protocol().attach(streams->call(), *this);
        it.emplace(streams, 0, 0);
        boost::asio::co_spawn(io, over->read(*this), [](std::exception_ptr, boost::system::error_code) {});
        over->flush();
        poll();
        take();
    }

    ~channel_pair() {
        over->protocol().detach(streams->call());
        streams->interrupt(proto::errc::cancelled);
        over->close();
        poll();
    }

    void on_event(proto::event& /*e*/) override {}

    void on_data(std::size_t stream) override { streams->on_data(stream); }

    void on_credit(std::size_t stream) override { streams->on_credit(stream); }

    void on_stopped(std::size_t stream) override { streams->on_stopped(stream); }

    void on_starved() override { starved = true; }

    void on_cancelled() override { streams->interrupt(proto::errc::cancelled); }

    /// The frames that came to the peer.
    std::vector<read_frame> take() { return frames_of(take_bytes()); }

    auto into(std::optional<ended>& to) {
        return [&to](boost::system::error_code ec, std::size_t n) { to = {ec, n}; };
    }

    void read(std::optional<ended>& to, std::size_t most = 100) {
        it->async_read_some(boost::asio::buffer(buffer.data(), most), into(to));
    }

    /// The text that a read gives, or what it fails with.
    std::string read_now(std::size_t most = 100) {
        std::optional<ended> to;
        read(to, most);
        poll();
        if (!to) return "(waits)";
        return to->ec ? to->ec.message() : buffer.substr(0, to->bytes);
    }

    void write(std::optional<ended>& to, std::string_view text) {
        it->async_write_some(boost::asio::buffer(text.data(), text.size()), into(to));
    }

    boost::system::error_code write_now(std::string_view text) {
        std::optional<ended> to;
        write(to, text);
        poll();
        BOOST_REQUIRE(to.has_value());
        return to->ec;
    }
};

struct small_window : channel_pair {
    small_window() : channel_pair(with_window(10)) {}
};

} // namespace tug::test
