// Paths: the root is "/" to them, and nothing outside it is opened, created or named.

#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace {

using namespace tug::test;

struct tree {
    temp_dir outside;
    test_server server;
    raw_client c = server.connect();

    tree() {
        write_file(outside / "secret", "of the host");
        ::mkdir(server.in_root("d").c_str(), 0755);
        write_file(server.in_root("a"), "at the root");
        write_file(server.in_root("d/a"), "in d");
    }

    void link(const std::string& to, std::string_view name) {
        BOOST_REQUIRE(::symlink(to.c_str(), server.in_root(name).c_str()) == 0);
    }

    std::string get(std::string_view path) {
        const auto& answer = c.ask("get", R"({"path":)" + json_text(path) + "}");
        if (answer.error().empty()) return answer.text("data");
        const auto message = boost::json::serialize(answer.answer->at("error"));
        // No error names where the root lies.
        BOOST_TEST(message.find(std::filesystem::temp_directory_path().string() + "/") == std::string::npos);
        return answer.error();
    }

    std::string put(std::string_view path) {
        const auto id = c.call("put", R"({"path":)" + json_text(path) + R"(,"make_parents":true})");
        c.write(id, "data", "stored", true);
        return c.wait(id).error();
    }

    std::string run_in(std::string_view cwd) {
        const auto& answer = c.ask("exec", R"({"argv":["cat","a"],"cwd":)" + json_text(cwd) + "}");
        return answer.error().empty() ? answer.text("stdout") : answer.error();
    }
};

BOOST_FIXTURE_TEST_SUITE(server_paths_test, tree)

BOOST_AUTO_TEST_CASE(the_root_is_the_slash) {
    for (const auto* path : {"a", "/a", "./a", "//a", "d/../a", "/d/./../a", "d//..//a"})
        BOOST_TEST(get(path) == "at the root");
    for (const auto* cwd : {"d", "/d", "./d/", "d/."}) BOOST_TEST(run_in(cwd) == "in d");
    for (const auto* cwd : {"/", ".", "d/.."}) BOOST_TEST(run_in(cwd) == "at the root");
}

BOOST_AUTO_TEST_CASE(links_stay_inside) {
    link("/a", "absolute");
    link("d", "dir");
    link("../../../../a", "d/up"); // stops at the root
    link("/d/../a", "d/round");
    BOOST_TEST(get("absolute") == "at the root");
    BOOST_TEST(get("dir/a") == "in d");
    BOOST_TEST(get("d/up") == "at the root");
    BOOST_TEST(get("d/round") == "at the root");
    BOOST_TEST(run_in("dir") == "in d");
}

BOOST_AUTO_TEST_CASE(nothing_leads_out) {
    link(outside / "secret", "secret");
    link(outside.path().string(), "out");
    link("../../../../../../etc", "up");
    for (const auto* path : {"..", "../a", "/../a", "d/../../a", "d/../../d/a", "./../a"}) {
        BOOST_TEST(get(path) == "path_denied");
        BOOST_TEST(put(path) == "path_denied");
        BOOST_TEST(run_in(path) == "path_denied");
    }
    BOOST_TEST(get("secret") == "not_found"); // what the link names is not there, below the root
    BOOST_TEST(get("out/secret") == "not_found");
    BOOST_TEST(get("up/passwd") == "not_found");
    BOOST_TEST(run_in("out") == "not_found");
    BOOST_TEST(put("out/made") != "");
    BOOST_TEST(!std::filesystem::exists(outside / "made"));
    BOOST_TEST(read_file(outside / "secret") == "of the host");
}

BOOST_AUTO_TEST_CASE(loops_and_long_names) {
    link("two", "one");
    link("one", "two");
    BOOST_TEST(get("one") == "path_denied");
    BOOST_TEST(get("one/a") == "path_denied");
    BOOST_TEST(run_in("two") == "path_denied");
    BOOST_TEST(get(std::string(256, 'n')) == "invalid_params");
    BOOST_TEST(get(std::string(4096, 'n')) == "invalid_params");
    BOOST_TEST(get("") == "invalid_params");
    BOOST_TEST(run_in("") == "invalid_params");
    std::string longest;
    while (longest.size() < 4094) longest += "./";
    BOOST_TEST(get(longest + "a") == "at the root");
    BOOST_TEST(get(longest + "/a") == "invalid_params");
}

BOOST_AUTO_TEST_CASE(a_cwd_that_is_none) {
    BOOST_TEST(run_in("a") == "not_found");
    BOOST_TEST(run_in("nothing") == "not_found");
    if (::geteuid() == 0) return; // root may enter everything
    ::mkdir(server.in_root("closed").c_str(), 0);
    BOOST_TEST(run_in("closed") == "permission_denied");
}

BOOST_AUTO_TEST_CASE(names_are_bytes) {
    const std::string name = "\xc3\xa4 \"$(x)\n'";
    BOOST_TEST(put(name) == "");
    BOOST_TEST(get(name) == "stored");
    BOOST_TEST(std::filesystem::exists(server.in_root(name)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
