// tree.copy: a directory in a second place of the host.

#include "support/sample_tree.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace {

using namespace tug::test;

struct keyed {
    test_server server{{.with_keys = true, .lines = {{"box", "put,get root=/box"}}}};
    raw_client c = server.connect("put");

    keyed() {
        fs::create_directory(server.in_root("box"));
        fs::create_directory(server.in_root("tree"));
        make_sample_tree(server.in_root("tree"));
    }

    const received_call& copy(const std::string& from, const std::string& to, const std::string& more = "") {
        return copy(c, from, to, more);
    }

    static const received_call& copy(raw_client& by, const std::string& from, const std::string& to,
                                     const std::string& more = "") {
        return by.ask("tree.copy", R"({"from":)" + json_text(from) + R"(,"to":)" + json_text(to) + more + "}");
    }

    [[nodiscard]] auto picture_of(const std::string& path) const { return picture(server.in_root(path)); }

    /// Of the temporaries of trees.
    [[nodiscard]] std::size_t leftovers() const {
        std::size_t out = 0;
        for (const auto& entry : fs::recursive_directory_iterator(server.in_root("")))
            out += entry.path().filename().string().starts_with(".tug-") ? 1 : 0;
        return out;
    }
};

BOOST_FIXTURE_TEST_SUITE(server_tree_copy_test, keyed)

BOOST_AUTO_TEST_CASE(a_new_one) {
    const auto& done = copy("tree", "copy");
    BOOST_TEST(done.error() == "");
    BOOST_TEST(done.at("files") == "7");
    BOOST_TEST(done.at("symlinks") == "3");
    BOOST_TEST(done.at("digest") == "");
    BOOST_TEST((picture_of("copy") == picture_of("tree")));
    BOOST_TEST(copy("tree", "far/away").error() == "not_found");
    BOOST_TEST(copy("tree", "far/away", R"(,"make_parents":true)").error() == "");
    BOOST_TEST((picture_of("far/away") == picture_of("tree")));
    BOOST_TEST(leftovers() == 0U);
}

BOOST_AUTO_TEST_CASE(into_one_that_is_there) {
    fs::create_directory(server.in_root("copy"));
    write_text(server.in_root("copy/own"), "own");
    BOOST_TEST(copy("tree", "copy", R"(,"mode":"new")").error() == "already_exists");
    BOOST_TEST(copy("tree", "copy").error() == "");
    BOOST_TEST(content(server.in_root("copy/own")) == "own");
    BOOST_TEST(copy("tree", "copy", R"(,"mode":"replace")").error() == "");
    BOOST_TEST((picture_of("copy") == picture_of("tree")));
    BOOST_TEST(leftovers() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_left_out) {
    fs::create_directory(server.in_root("few"));
    write_text(server.in_root("few/a.c"), "a");
    write_text(server.in_root("few/a.o"), "a");
    BOOST_TEST(copy("few", "copy", R"(,"exclude":["*.o"])").at("files") == "1");
    BOOST_TEST(fs::exists(server.in_root("copy/a.c")));
    BOOST_TEST(!fs::exists(server.in_root("copy/a.o")));
}

/// It would have no end.
BOOST_AUTO_TEST_CASE(into_itself) {
    fs::create_directories(server.in_root("tree/in/it"));
    fs::create_directory_symlink("tree/in", server.in_root("way"));
    for (const auto* to : {"tree", "tree/", "tree/in", "tree/in/it", "tree/new", "way/new", "tree/in/../in"}) {
        const auto& refused = copy("tree", to);
        BOOST_TEST(refused.error() == "invalid_params", to);
        BOOST_TEST(refused.data("field") == R"("to")", to);
    }
    BOOST_TEST(copy("tree", "tree/new", R"(,"mode":"replace")").error() == "invalid_params");
    BOOST_TEST(copy("tree/in", "tree/out").error() == ""); // beside it
    BOOST_TEST(leftovers() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_no_directory) {
    write_text(server.in_root("file"), "x");
    BOOST_TEST(copy("file", "copy").error() == "not_found"); // ENOTDIR
    BOOST_TEST(copy("none", "copy").error() == "not_found");
    BOOST_TEST(copy("tree", "file").error() != "");
    BOOST_TEST(content(server.in_root("file")) == "x");
}

BOOST_AUTO_TEST_CASE(who_may) {
    auto getter = server.connect("get");
    BOOST_TEST(copy(getter, "tree", "copy").error() == "permission_denied");
    auto boxed = server.connect("box");
    BOOST_TEST(copy(boxed, "tree", "copy").error() == "not_found");
    BOOST_TEST(copy(boxed, "../tree", "copy").error() == "path_denied");
    BOOST_TEST(copy(boxed, ".", "../copy").error() == "path_denied");
    fs::create_directory(server.in_root("box/a"));
    BOOST_TEST(copy(boxed, "a", "b").error() == "");
    BOOST_TEST(fs::exists(server.in_root("box/b")));
}

BOOST_AUTO_TEST_CASE(one_that_is_cancelled) {
    const auto id = c.call("tree.copy", R"({"from":"tree","to":"copy"})");
    c.cancel(id);
    const auto& ended = c.wait(id);
    BOOST_TEST((ended.error() == "cancelled" || ended.error().empty()));
    BOOST_TEST(leftovers() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
