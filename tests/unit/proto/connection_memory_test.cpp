// What a connection holds never depends on what its peer claims.

#include "support/heap.hpp"
#include "support/talk.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::test;

constexpr std::size_t connections = 100;

/// What `connections` servers hold more, each, after `work` was done to them.
template <class Work>
std::size_t growth(Work work) {
    json_reader reader; // shared, as by the connections of a thread
    std::vector<std::unique_ptr<connection>> servers;
    std::vector<call_ptr> calls;
    std::vector<stream_spec> streams = put_streams;
    for (std::size_t i = 0; i < connections; ++i) {
        servers.push_back(std::make_unique<connection>(role::server, limits{}, reader));
        servers.back()->greet(sample_hello(false));
        drain(servers.back()->output());
        calls.push_back(servers.back()->open(call_id(7), streams, call_class::bulk).value());
    }
    const auto before = heap_in_use();
    for (const auto& s : servers) work(*s);
    const auto after = heap_in_use();
    return after > before ? (after - before) / connections : 0;
}

void hear(connection& c, std::string_view bytes) {
    c.feed(bytes_of(bytes));
    while (c.next().kind != event::type::need_more) {
    }
}

BOOST_AUTO_TEST_SUITE(connection_memory_test)

BOOST_AUTO_TEST_CASE(the_measure_works) {
    const auto before = heap_in_use();
    const auto held = std::make_unique<char[]>(1 << 20);
    BOOST_TEST(heap_in_use() >= before + (1 << 20));
    BOOST_TEST(held != nullptr);
}

/// A frame that claims the largest body, and then not one byte of it.
BOOST_AUTO_TEST_CASE(a_stalled_claim_of_a_body_holds_nothing) {
    auto bytes = data_frame(7, "data", "");
    bytes.replace(4, 4, header(0, 1'048'576).substr(4));
    BOOST_TEST(growth([&](connection& c) {
                   hear(c, bytes);
                   BOOST_TEST_REQUIRE(c.inside_body());
               }) < 1'024U);
}

/// Headers alone, and what follows them in part, cost what came and not what was announced.
BOOST_AUTO_TEST_CASE(a_stalled_claim_of_an_envelope_holds_what_came) {
    const auto bytes = header(limits().envelope, limits().body) + std::string(100, ' ');
    BOOST_TEST(growth([&](connection& c) {
                   hear(c, bytes);
                   BOOST_TEST_REQUIRE(c.inside_envelope());
               }) < 1'024U);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_holds_no_buffer) {
    const auto bytes = frame(notice("unknown", R"({"text":")" + std::string(60'000, 'x') + "\"}"));
    BOOST_TEST(growth([&](connection& c) {
                   hear(c, std::string_view(bytes).substr(0, 50'000));
                   hear(c, std::string_view(bytes).substr(50'000));
               }) < 1'024U);
}

BOOST_AUTO_TEST_CASE(a_body_for_nobody_holds_nothing) {
    const auto bytes = data_frame(99, "data", std::string(1'000'000, 'x'));
    BOOST_TEST(growth([&](connection& c) { hear(c, std::string_view(bytes).substr(0, 900'000)); }) < 1'024U);
}

/// One piece is the most that a body which has begun costs beyond its bytes.
BOOST_AUTO_TEST_CASE(a_body_that_began_holds_a_piece) {
    auto bytes = data_frame(7, "data", "x");
    bytes.replace(4, 4, header(0, 1'048'576).substr(4));
    BOOST_TEST(growth([&](connection& c) { hear(c, bytes); }) < piece_size + 8'192);
}

BOOST_AUTO_TEST_CASE(single_bytes_cost_in_proportion) {
    constexpr std::size_t count = 20'000;
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) bytes += data_frame(7, "data", "x");
    BOOST_TEST(growth([&](connection& c) {
                   hear(c, bytes);
                   BOOST_TEST_REQUIRE(c.calls()[0]->inbound[0].credit() == 1'048'576 - count);
               }) < 3 * count);
}

BOOST_AUTO_TEST_CASE(empty_frames_cost_nothing) {
    std::string bytes;
    for (int i = 0; i < 5'000; ++i) bytes += data_frame(7, "data", "");
    BOOST_TEST(growth([&](connection& c) { hear(c, bytes); }) < 1'024U);
}

BOOST_AUTO_TEST_CASE(a_stopped_stream_holds_nothing) {
    const auto bytes = data_frame(7, "data", std::string(1'000'000, 'x'));
    BOOST_TEST(growth([&](connection& c) {
                   hear(c, bytes);
                   c.stop(*c.calls()[0], 0);
                   drain(c.output());
               }) < 1'024U);
}

/// Refused before anything is allocated for it.
BOOST_AUTO_TEST_CASE(sizes_over_the_limit_hold_nothing) {
    const auto bytes = header(0xffff'ffff, 0xffff'ffff) + std::string(10'000, 'x');
    BOOST_TEST(growth([&](connection& c) {
                   hear(c, bytes);
                   drain(c.output());
                   c.output().clear();
               }) < 1'024U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
