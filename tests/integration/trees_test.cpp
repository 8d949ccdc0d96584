// tree.put and tree.get on the wire: who may, where they go, and what a client sends that no tool would.

#include "support/sample_tree.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace {

using namespace tug::test;

std::size_t names_in(const fs::path& directory) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

const std::string one_file = record(R"({"path":"a","type":"file","size":1,"mode":420})", "x");

struct keyed {
    test_server server{{.with_keys = true, .lines = {{"box", "put,get root=/box"}}}};

    keyed() {
        fs::create_directory(server.in_root("box"));
        fs::create_directory(server.in_root("tree"));
        write_text(server.in_root("tree/secret"), "secret");
    }

    /// What a tree.put of these params and this stream ends with.
    std::string put(raw_client& c, const std::string& params, const std::string& stream) {
        const auto call = c.call("tree.put", params);
        c.write(call, "data", stream, true);
        return c.wait(call).error();
    }
};

BOOST_FIXTURE_TEST_SUITE(trees, keyed)

BOOST_AUTO_TEST_CASE(who_may) {
    auto putter = server.connect("put");
    BOOST_TEST(put(putter, R"({"path":"new"})", one_file) == "");
    BOOST_TEST(content(server.in_root("new/a")) == "x");
    const auto& refused = putter.ask("tree.put", R"({"path":"tree","have":"digests"})");
    BOOST_TEST(refused.error() == "permission_denied");
    BOOST_TEST(putter.ask("tree.get", R"({"path":"tree"})").error() == "permission_denied");
    auto getter = server.connect("get");
    BOOST_TEST(getter.ask("tree.put", R"({"path":"x"})").error() == "permission_denied");
    BOOST_TEST(getter.ask("tree.get", R"({"path":"tree"})").text("data").find("secret") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_root_of_its_own) {
    auto c = server.connect("box");
    BOOST_TEST(put(c, R"({"path":"/made"})", one_file) == "");
    BOOST_TEST(content(server.in_root("box/made/a")) == "x");
    BOOST_TEST(put(c, R"({"path":"../made"})", one_file) == "path_denied");
    BOOST_TEST(c.ask("tree.get", R"({"path":"/tree"})").error() == "not_found");
    fs::create_directory_symlink("/tree", server.in_root("box/link"));
    BOOST_TEST(put(c, R"({"path":"link"})", one_file) == "already_exists"); // it leads nowhere from there
    BOOST_TEST(names_in(server.in_root("tree")) == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_leaves_nothing) {
    auto c = server.connect();
    const auto before = names_in(server.in_root(""));
    for (const auto& stream :
         {record(R"({"path":"../x","type":"file"})"), one_file + one_file, one_file.substr(0, 9),
          record(R"({"path":"a","type":"symlink","target":"/"})") + record(R"({"path":"a/b","type":"directory"})")})
        BOOST_TEST(!put(c, R"({"path":"new"})", stream).empty());
    BOOST_TEST(put(c, R"({"path":"new","exclude":[")" + std::string(300, '*') + R"("]})", "") == "invalid_params");
    BOOST_TEST(put(c, R"({"path":"new","mode":"new","have":"times"})", "") == "invalid_params");
    BOOST_TEST(put(c, R"({"path":"new","mode":"odd"})", "") == "invalid_params");
    BOOST_TEST(names_in(server.in_root("")) == before);
}

/// Content that a new tree is to take from the old one: only where that was asked for, from a file of that size, and
/// never by a symlink.
BOOST_AUTO_TEST_CASE(what_is_taken_from_the_old_tree) {
    auto c = server.connect();
    write_text(server.in_root("outside"), "secret");
    fs::create_symlink("../outside", server.in_root("tree/link"));
    fs::create_directory_symlink("..", server.in_root("tree/up"));
    const auto same = [](const std::string& path, const std::string& size) {
        return record(R"({"path":")" + path + R"(","type":"file","size":)" + size + R"(,"same":true})");
    };
    const auto up = record(R"({"path":"up","type":"directory"})");
    const std::string replace = R"({"path":"tree","mode":"replace")";
    BOOST_TEST(put(c, replace + "}", same("secret", "6")) == "invalid_params");
    BOOST_TEST(put(c, R"({"path":"fresh","have":"times"})", same("secret", "6")) == "invalid_params");
    const auto with_have = replace + R"(,"have":"times"})";
    BOOST_TEST(put(c, with_have, same("secret", "7")) == "precondition_failed");
    BOOST_TEST(put(c, with_have, same("nothing", "6")) == "precondition_failed");
    BOOST_TEST(put(c, with_have, same("link", "6")) == "precondition_failed");
    BOOST_TEST(put(c, with_have, up + same("up/outside", "6")) == "precondition_failed");
    auto putter = server.connect("put");
    BOOST_TEST(putter.ask("tree.put", with_have).error() == "permission_denied");
    BOOST_TEST(fs::is_symlink(server.in_root("tree/link"))); // the old one, whole
    BOOST_TEST(put(c, with_have, same("secret", "6")) == "");
    BOOST_TEST(content(server.in_root("tree/secret")) == "secret");
    BOOST_TEST(names_in(server.in_root("tree")) == 1U);
}

/// A client that goes in the middle of a new tree, and one that cancels it.
BOOST_AUTO_TEST_CASE(what_is_not_whole_is_not_there) {
    {
        auto c = server.connect();
        const auto call = c.call("tree.put", R"({"path":"new"})");
        c.write(call, "data", one_file);
        c.cancel(call);
        BOOST_TEST(c.wait(call).error() == "cancelled");
        const auto lost = c.call("tree.put", R"({"path":"tree","mode":"replace"})");
        c.write(lost, "data", one_file);
    }
    auto c = server.connect();
    BOOST_TEST(put(c, R"({"path":"other"})", one_file) == "");
    BOOST_TEST(content(server.in_root("tree/secret")) == "secret");
    BOOST_TEST(!fs::exists(server.in_root("new")));
}

/// A try of the same transfer takes the place of the one before, whose connection may be lost without a word.
BOOST_AUTO_TEST_CASE(a_later_try_ends_the_earlier_one) {
    auto first = server.connect("put");
    auto second = server.connect("put");
    const std::string params = R"({"path":"tree","resume":"transfer-1")";
    const auto half = record(R"({"path":"a","type":"file","size":2,"mode":420})", "x");
    const auto lost = first.call("tree.put", params + "}");
    first.write(lost, "data", half);
    BOOST_REQUIRE(first.is_served()); // the first has begun
    BOOST_TEST(put(second, params + "}", one_file) == "");
    BOOST_TEST(first.wait(lost).error() == "cancelled");
    BOOST_TEST(content(server.in_root("tree/a")) == "x");
    BOOST_TEST(names_in(server.in_root("tree")) == 2U);
    // Others are left alone: another token, another place, another key.
    const auto goes_on = first.call("tree.put", params + "}");
    first.write(goes_on, "data", half);
    BOOST_REQUIRE(first.is_served());
    BOOST_TEST(put(second, R"({"path":"tree","resume":"transfer-2"})", one_file) == "");
    BOOST_TEST(put(second, R"({"path":"other","resume":"transfer-1"})", one_file) == "");
    auto everything = server.connect();
    BOOST_TEST(put(everything, params + "}", one_file) == "");
    first.write(goes_on, "data", record("", "y"), true);
    BOOST_TEST(first.wait(goes_on).error() == "");
    BOOST_TEST(content(server.in_root("tree/a")) == "xy");
    BOOST_TEST(put(first, R"({"path":"tree","resume":".no"})", one_file) == "invalid_params");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
