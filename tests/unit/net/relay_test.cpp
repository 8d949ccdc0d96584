// A socket and the streams of a call, with both peers played by hand.

#include "channel_pair.hpp"

#include "tug/net/relay.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string>

namespace {

namespace asio = boost::asio;
using namespace tug;
using namespace tug::test;

/// A tunnel between the call of a channel_pair and a socket whose other end is `far`.
struct tunnel : channel_pair {
    int far = -1;
    std::optional<net::relay> it;
    std::optional<proto::result<void>> ended;

    explicit tunnel(const proto::limits& sizes) : channel_pair(sizes) {
        int fds[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        far = fds[1];
        it.emplace(*streams, 0, 0, net::tunnel_socket(io.get_executor(), AF_UNIX, fds[0]));
        asio::co_spawn(io, it->run(), [this](std::exception_ptr e, proto::result<void> r) {
            BOOST_TEST(!e);
            ended = std::move(r);
        });
        poll();
    }

    tunnel() : tunnel(proto::limits()) {}

    ~tunnel() {
        it->reset();
        poll();
        if (far >= 0) ::close(far);
    }

    /// What came to the far end; "(eof)" behind it at its end, "(reset)" where it broke.
    std::string far_has() {
        poll();
        std::string out;
        char bytes[65536];
        for (;;) {
            const auto n = ::recv(far, bytes, sizeof bytes, MSG_DONTWAIT);
            if (n == 0) return out + "(eof)";
            if (n < 0) return out + (errno == EAGAIN ? "" : "(reset)");
            out.append(bytes, static_cast<std::size_t>(n));
            poll();
        }
    }

    /// As much as fits.
    std::size_t far_says(std::string_view text) {
        const auto n = ::send(far, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        poll();
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }

    /// What the client has got on `out`: bodies, and "(eof)".
    std::string client_has() {
        std::string out;
        for (const auto& f : take()) {
            const auto message = f.json();
            const auto& params = message.at("params").as_object();
            if (message.at("method").as_string() != "rpc.data") continue;
            out += f.body;
            if (params.contains("eof")) out += "(eof)";
        }
        return out;
    }
};

struct narrow_tunnel : tunnel {
    narrow_tunnel() : tunnel(with_window(10)) {}
};

BOOST_FIXTURE_TEST_SUITE(relay_test, tunnel)

BOOST_AUTO_TEST_CASE(each_way_ends_by_itself) {
    say(data_frame(7, "in", "there") + data_frame(7, "in", "!", true));
    BOOST_TEST(far_has() == "there!(eof)");
    far_says("back");
    BOOST_TEST(client_has() == "back");
    BOOST_TEST(!ended.has_value());
    far_says("more");
    ::shutdown(far, SHUT_WR);
    poll();
    BOOST_TEST(client_has() == "more(eof)");
    BOOST_TEST_REQUIRE(ended.has_value());
    BOOST_TEST(ended->has_value());
}

BOOST_AUTO_TEST_CASE(the_other_way_round) {
    ::shutdown(far, SHUT_WR);
    poll();
    BOOST_TEST(client_has() == "(eof)");
    say(data_frame(7, "in", "still"));
    BOOST_TEST(far_has() == "still");
    say(data_frame(7, "in", "", true));
    BOOST_TEST(far_has() == "(eof)");
    BOOST_TEST(ended.has_value());
}

BOOST_AUTO_TEST_CASE(every_split_point) {
    const auto all = data_frame(7, "in", "hello ") + data_frame(7, "in", "world", true);
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        tunnel t;
        t.say(all.substr(0, cut));
        auto text = t.far_has();
        t.say(all.substr(cut));
        if (!text.ends_with("(eof)")) text += t.far_has();
        BOOST_TEST(text == "hello world(eof)", cut);
    }
}

BOOST_FIXTURE_TEST_CASE(credit_stops_the_peer, narrow_tunnel) {
    const std::string much(4'000'000, 'x');
    std::size_t taken = 0;
    for (std::size_t n = 1; n > 0; taken += n) n = far_says(std::string_view(much).substr(taken));
    BOOST_TEST(taken < much.size());
    BOOST_TEST(client_has().size() == 10U);
    say(frame(notice("rpc.credit", R"({"call":7,"stream":"out","bytes":5})")));
    BOOST_TEST(client_has().size() == 5U);
    say(data_frame(7, "in", "fine")); // the other way goes on
    BOOST_TEST(far_has() == "fine");
    BOOST_TEST(!ended.has_value());
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read_costs_the_window) {
    std::size_t sent = 0;
    const std::string piece(60'000, 'x');
    for (; sent < 20; ++sent) { // the window is 1 MiB: these are granted again only as the far end takes them
        if (sent * piece.size() + piece.size() > with_window(0).body) break;
        const auto bytes = data_frame(7, "in", piece);
        std::string_view rest = bytes;
        while (!rest.empty()) {
            const auto n = ::send(peer, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
            poll();
        }
    }
    BOOST_TEST(far_has() == std::string(sent * piece.size(), 'x'));
}

BOOST_AUTO_TEST_CASE(the_client_wants_no_more) {
    say(frame(notice("rpc.stop", R"({"call":7,"stream":"out"})")));
    say(data_frame(7, "in", "but this"));
    BOOST_TEST(far_has() == "but this");
    say(data_frame(7, "in", "", true));
    poll();
    BOOST_TEST(ended.has_value());
}

BOOST_AUTO_TEST_CASE(the_peer_wants_no_more) {
    ::shutdown(far, SHUT_RD);
    say(data_frame(7, "in", "lost"));
    const auto frames = take();
    BOOST_TEST_REQUIRE(frames.size() == 1U);
    BOOST_TEST(std::string_view(frames[0].json().at("method").as_string()) == "rpc.stop");
    far_says("and this comes");
    BOOST_TEST(client_has() == "and this comes");
    BOOST_TEST(!ended.has_value());
}

BOOST_AUTO_TEST_CASE(what_breaks_breaks_both_ways) {
    streams->interrupt(proto::errc::connection_lost);
    poll();
    BOOST_TEST_REQUIRE(ended.has_value());
    BOOST_TEST((ended->error().code == proto::errc::connection_lost));
    BOOST_TEST(far_has() == "(eof)"); // a Unix socket knows no reset
}

BOOST_AUTO_TEST_CASE(it_can_be_reset) {
    it->reset();
    poll();
    BOOST_TEST(ended.has_value());
    BOOST_TEST(far_has() == "(eof)");
}

BOOST_AUTO_TEST_CASE(no_more_goes_out_once_it_has_no_place_to_go) {
    it->stop_outbound();
    poll();
    far_says("nowhere");
    BOOST_TEST(client_has() == "");
    say(data_frame(7, "in", "still here", true));
    BOOST_TEST(far_has() == "still here(eof)");
    poll();
    BOOST_TEST(ended.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
