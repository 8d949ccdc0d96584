// tugd --announce and tug discover, over the multicast of loopback.

#include "support/cli_checks.hpp"
#include "support/temp_dir.hpp"
#include "support/tugd_process.hpp"

#include <tug/proto/announcement.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <vector>

using namespace tug::test;
namespace asio = boost::asio;
namespace json = boost::json;
using asio::ip::udp;

namespace {

const std::vector<std::string> open_to_all{"--listen", "127.0.0.1:0", "--no-auth"};

std::vector<std::string> with(std::vector<std::string> words, std::vector<std::string> more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// The host of that address in what `tug discover --json` has said; null where it is not there.
const json::object* find(const json::value& said, const std::string& address) {
    for (const auto& host : said.at("hosts").as_array()) {
        const auto& addresses = host.at("addresses").as_array();
        if (std::ranges::find(addresses, json::value(address)) != addresses.end()) return &host.as_object();
    }
    return nullptr;
}

const std::vector<std::string> ask{"tug", "discover", "lo", "--json"};

/// A client that says what it wants.
class raw_asker {
public:
    raw_asker() : socket_(io_, udp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        socket_.set_option(asio::ip::multicast::outbound_interface(asio::ip::address_v4::loopback()));
        set_hops(255);
    }

    void set_hops(int n) { socket_.set_option(asio::ip::multicast::hops(n)); }

    void send(const std::string& datagram) {
        const udp::endpoint to(asio::ip::make_address(tug::proto::announce_group_v4), tug::proto::announce_port);
        socket_.send_to(asio::buffer(datagram), to);
    }

    std::string receive() {
        std::array<char, 4'096> room{};
        return {room.data(), socket_.receive(asio::buffer(room))};
    }

private:
    asio::io_context io_;
    udp::socket socket_;
};

tug::proto::announce_query query(unsigned char number) {
    tug::proto::nonce random{};
    random.fill(std::byte{number});
    return tug::proto::make_query(random, "", nullptr);
}

} // namespace

BOOST_AUTO_TEST_SUITE(discover_test)

BOOST_AUTO_TEST_CASE(who_announces_is_found_and_no_other) {
    const tugd_process open(with(open_to_all, {"--announce", "lo"}));
    const tugd_process silent(open_to_all);
    const auto r = run(ask);
    BOOST_TEST(r.exit_code == 0, r.err);
    const auto said = json::parse(r.out);
    const auto* const found = find(said, open.address());
    BOOST_REQUIRE(found != nullptr);
    BOOST_TEST(!found->at("name").as_string().empty());
    BOOST_TEST(found->at("server").as_string().starts_with("tug/"));
    BOOST_TEST(found->at("tls") == false);
    BOOST_TEST(!found->contains("key"));
    BOOST_TEST(find(said, silent.address()) == nullptr);
    const auto text = run({"tug", "discover", "lo"});
    BOOST_TEST(contains(text.out, open.address()));
    const auto none = run({"tug", "discover", "none0", "--timeout", "0.05"});
    check_failed(none, 1, "no tugd has answered");
}

BOOST_AUTO_TEST_CASE(answers_are_signed_where_both_have_the_key) {
    const temp_dir dir;
    const auto keys = dir / "keys";
    const auto others = dir / "others";
    BOOST_TEST(run({"tug", "keygen", "k1", "-o", keys}).exit_code == 0);
    BOOST_TEST(run({"tug", "keygen", "k1", "-o", others}).exit_code == 0);
    const tugd_process ours({"--listen", "127.0.0.1:0", "--keys", keys, "--announce", "lo"});
    const tugd_process theirs({"--listen", "127.0.0.1:0", "--keys", others, "--announce", "any"});
    const tugd_process open(with(open_to_all, {"--announce", "lo"}));
    const auto said = json::parse(run(with(ask, {"--key-file", keys})).out);
    BOOST_REQUIRE((find(said, ours.address()) && find(said, theirs.address()) && find(said, open.address())));
    BOOST_TEST(find(said, ours.address())->at("key") == "k1");
    BOOST_TEST(!find(said, theirs.address())->contains("key")); // the same id, another key
    BOOST_TEST(!find(said, open.address())->contains("key"));
}

BOOST_AUTO_TEST_CASE(several_clients_ask_at_once) {
    const tugd_process open(with(open_to_all, {"--announce", "lo"}));
    std::deque<program> clients;
    for (int i = 0; i < 3; ++i) clients.emplace_back(ask);
    for (auto& one : clients) {
        BOOST_TEST(one.wait() == 0);
        BOOST_TEST(contains(one.out(), open.address()));
    }
}

BOOST_AUTO_TEST_CASE(what_may_not_be_answered_is_dropped) {
    const tugd_process open(with(open_to_all, {"--announce", "lo"}));
    raw_asker client;
    client.send("x");
    client.send(datagram_of(query(1)).substr(1));
    client.send(datagram_of(query(2)).substr(0, 300)); // its answer could be larger
    client.set_hops(254);
    client.send(datagram_of(query(3))); // a router has passed it on
    client.set_hops(255);
    const auto asked = query(4);
    client.send(datagram_of(asked));
    tug::proto::json_reader reader;
    const auto got = client.receive(); // the first that comes is that of the last
    const auto answer = read_answer(reader, std::as_bytes(std::span(got)), asked, nullptr);
    BOOST_REQUIRE(answer.has_value());
    BOOST_TEST(got.size() <= tug::proto::announce_size);
}

BOOST_AUTO_TEST_SUITE_END()
