// Frames as a real socket brings them: cut anywhere, or many at once.

#include "support/talk.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace tug::test;

/// Messages of every kind, with what they are answered with. Only one endpoint touches each file, so that it does not
/// matter in which order the calls end.
struct conversation {
    std::string bytes;
    std::vector<std::string> answers; ///< Sorted.
};

conversation sample_conversation() {
    conversation c;
    c.bytes += frame(request("1", "rpc.ping", R"({"payload":"one"})"));
    c.bytes += frame(request("2", "put", R"({"path":"stored","size":11})"));
    c.bytes += data_frame(2, "data", "hello ");
    c.bytes += frame("{ no JSON");
    c.bytes += frame(request("3", "get", R"({"path":"there"})"));
    c.bytes += data_frame(2, "data", "world", true);
    c.bytes += frame(request("4", "exec", R"({"argv":["cat"],"stdin":true})"));
    c.bytes += data_frame(4, "stdin", std::string(300, 'x'), true);
    c.bytes += frame(request("5", "rpc.ping"), "a body that may not be here");
    c.bytes += data_frame(99, "data", "for a call that is not there");
    c.bytes += frame(request(R"("six")", "nothing"));
    c.answers = {R"(error(invalid_request 5))",
                 R"(error(method_not_found "six"))",
                 "error(parse_error null)",
                 "result 1",
                 "result 2",
                 "result 3",
                 "result 4"};
    return c;
}

/// What is said in answer, sorted; the frames of streams are left out.
std::vector<std::string> answers_of(raw_client& c, std::size_t many) {
    std::vector<std::string> out;
    while (out.size() < many) {
        auto line = c.hear();
        if (line == "end") break;
        if (!line.starts_with("rpc.")) out.push_back(std::move(line));
    }
    std::ranges::sort(out);
    return out;
}

/// On a Unix socket it can be seen when the server has read what it was sent: the cuts are real ones.
struct framing {
    test_server server{{.on_unix_socket = true}};
    conversation all = sample_conversation();

    framing() { write_file(server.in_root("there"), "what is there"); }

    void check(raw_client& c, const std::string& how) {
        BOOST_TEST(answers_of(c, all.answers.size()) == all.answers, boost::test_tools::per_element());
        BOOST_TEST_INFO(how);
        BOOST_TEST(c.is_served());
        BOOST_TEST(read_file(server.in_root("stored")) == "hello world");
    }
};

BOOST_FIXTURE_TEST_SUITE(server_framing_test, framing)

BOOST_AUTO_TEST_CASE(all_at_once) {
    auto c = server.connect();
    c.send(all.bytes);
    check(c, "at once");
}

BOOST_AUTO_TEST_CASE(one_byte_at_a_time) {
    auto c = server.connect();
    for (const char byte : all.bytes) {
        c.send({&byte, 1});
        c.await_read();
    }
    check(c, "one byte at a time");
}

BOOST_AUTO_TEST_CASE(cut_in_two_at_every_byte) {
    for (std::size_t cut = 1; cut < all.bytes.size(); cut += 3) {
        auto c = server.connect();
        c.send(all.bytes.substr(0, cut));
        c.await_read();
        c.send(all.bytes.substr(cut));
        check(c, "cut at " + std::to_string(cut));
    }
}

BOOST_AUTO_TEST_CASE(in_pieces_of_every_small_size) {
    for (const std::size_t size : {2U, 3U, 7U, 8U, 9U, 64U, 100U, 1000U}) {
        auto c = server.connect();
        for (std::size_t at = 0; at < all.bytes.size(); at += size) {
            c.send(all.bytes.substr(at, size));
            c.await_read();
        }
        check(c, "in pieces of " + std::to_string(size));
    }
}

/// Thousands of messages that stick together: each is answered, and in its turn.
BOOST_AUTO_TEST_CASE(sticky_messages) {
    constexpr int many = 5000;
    auto c = server.connect();
    std::string bytes;
    for (int i = 0; i < many; ++i) bytes += frame(request(std::to_string(i), "rpc.ping"));
    for (std::size_t at = 0; at < bytes.size(); at += 10'007) c.send(bytes.substr(at, 10'007));
    int right = 0;
    while (right < many && c.hear() == "result " + std::to_string(right)) ++right;
    BOOST_TEST(right == many);
}

BOOST_AUTO_TEST_CASE(the_largest_envelope_and_body) {
    auto c = server.connect();
    auto envelope = request("1", "rpc.ping");
    envelope.append(1'048'576 - envelope.size(), ' ');
    BOOST_TEST(c.hear_of(envelope) == "result 1");
    const auto content = sample_bytes(1'048'576);
    const auto id = c.call("put", R"({"path":"large"})");
    static_cast<void>(c.of(id));
    c.write(id, "data", content, true);
    BOOST_TEST(c.wait(id).at("digest") == json_text(digest_of(content)));
}

BOOST_AUTO_TEST_CASE(an_envelope_of_no_bytes) {
    auto c = server.connect();
    c.send(header(0, 0));
    BOOST_TEST(c.hear() == "error(invalid_request null)");
    BOOST_TEST(c.is_closed());
}

BOOST_AUTO_TEST_CASE(sizes_over_the_limits) {
    for (const auto& bytes :
         {header(1'048'577, 0), header(1, 1'048'577), header(0xffff'ffff, 0), header(1, 0xffff'ffff)}) {
        auto c = server.connect();
        c.send(bytes);
        BOOST_TEST(c.hear() == "error(frame_too_large null)");
        BOOST_TEST(c.is_closed());
    }
}

BOOST_AUTO_TEST_CASE(other_protocols_get_a_hint) {
    for (const auto& [bytes, hint] :
         {std::pair{"GET / HTTP/1.1\r\n\r\n", "HTTP"}, {"\x16\x03\x01\x02\x01\x01\x01", "TLS"}}) {
        auto c = server.connect();
        c.send({bytes, 8});
        BOOST_TEST(c.receive().envelope.find(hint) != std::string::npos);
        BOOST_TEST(c.is_closed());
    }
}

/// Nothing of a frame that is not whole is executed, and the end inside one is quiet.
BOOST_AUTO_TEST_CASE(end_of_input_inside_a_frame) {
    const auto bytes = frame(request("1", "exec", R"({"argv":["touch","executed"]})"));
    for (const auto cut : {std::size_t{1}, std::size_t{8}, std::size_t{9}, bytes.size() - 1}) {
        auto c = server.connect();
        c.send(bytes.substr(0, cut));
        c.half_close();
        BOOST_TEST(c.is_closed());
    }
    BOOST_TEST(server.files() == "there");
}

/// What was in flight ends with the connection that broke the protocol; what came behind the fault is not looked at.
BOOST_AUTO_TEST_CASE(nothing_behind_a_fault_is_executed) {
    auto c = server.connect();
    c.send(header(0, 0) + frame(request("1", "exec", R"({"argv":["touch","executed"]})")));
    BOOST_TEST(c.hear() == "error(invalid_request null)");
    BOOST_TEST(c.is_closed());
    BOOST_TEST(server.files() == "there");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
