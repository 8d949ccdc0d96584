// get: what goes on with an interrupted one, what is the same already, and holes.

#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace {

using namespace tug::test;
namespace fs = std::filesystem;

const std::string content = sample_bytes(3'000'000);

struct connected {
    test_server server;
    raw_client c = server.connect();

    const received_call& get(std::string_view more) { return c.ask("get", R"({"path":"a")" + std::string(more) + "}"); }

    /// A file that begins with the content, and is a hole up to 50,000,000.
    void make_sparse() {
        write_file(server.in_root("a"), content);
        fs::resize_file(server.in_root("a"), 50'000'000);
    }
};

BOOST_FIXTURE_TEST_SUITE(server_get_resume_test, connected)

BOOST_AUTO_TEST_CASE(the_digest_of_the_whole) {
    write_file(server.in_root("a"), content);
    const auto& rest = get(R"(,"offset":1000000,"digest_from":0)");
    BOOST_TEST((rest.text("data") == content.substr(1'000'000)));
    BOOST_TEST(rest.at("digest") == json_text(digest_of(content)));
    BOOST_TEST(rest.at("bytes") == "2000000");
    BOOST_TEST(get(R"(,"offset":1000000,"digest_from":1000000)").at("digest") ==
               json_text(digest_of(content.substr(1'000'000))));
    const auto& none = get(R"(,"offset":3000000,"digest_from":0)");
    BOOST_TEST(none.at("digest") == json_text(digest_of(content)));
    BOOST_TEST(none.at("bytes") == "0");
    BOOST_TEST(get(R"(,"offset":1000000,"digest_from":1)").data("field") == R"("digest_from")");
    BOOST_TEST(get(R"(,"offset":3000001,"digest_from":0)").error() == "range_invalid");
}

BOOST_AUTO_TEST_CASE(what_is_the_same_is_not_sent) {
    write_file(server.in_root("a"), content);
    const auto known = R"(,"if_changed":)" + json_text(digest_of(content));
    const auto& same = get(known);
    BOOST_TEST(same.at("unchanged") == "true");
    BOOST_TEST(same.at("bytes") == "0");
    BOOST_TEST(same.at("digest") == json_text(digest_of(content)));
    BOOST_TEST(same.text("data").empty());
    BOOST_TEST(get(known + R"(,"length":5)").data("field") == R"("if_changed")");
    write_file(server.in_root("a"), "other");
    const auto& other = get(known);
    BOOST_TEST(other.at("unchanged") == "");
    BOOST_TEST(other.text("data") == "other");
}

BOOST_AUTO_TEST_CASE(holes_are_not_sent) {
    make_sparse();
    const auto whole = content + std::string(47'000'000, '\0');
    const auto& sparse = get(R"(,"sparse":true)");
    BOOST_TEST(sparse.at("bytes") == "50000000");
    BOOST_TEST(sparse.at("digest") == json_text(digest_of(whole)));
    BOOST_TEST(sparse.text("data").size() < 3'100'000U);
    BOOST_TEST(get("").at("digest") == json_text(digest_of(whole)));
}

/// A hole that is there no more is no hole: nothing is ever padded.
BOOST_AUTO_TEST_CASE(a_hole_that_is_cut_off) {
    make_sparse();
    c.gives_credit = false;
    const auto id = c.call("get", R"({"path":"a","sparse":true})");
    c.read(id, "data", 1'048'576); // it waits for credit now
    fs::resize_file(server.in_root("a"), content.size());
    c.gives_credit = true;
    c.grant(id, "data", 50'000'000);
    BOOST_TEST(c.wait(id).error() == "io_error");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
