// file.*: what can be done to files besides storing and fetching them.

#include "support/file_requests.hpp"

#include "tug/service/options.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace tug::test;
namespace fs = std::filesystem;
namespace json = boost::json;

struct listing : file_requests {
    /// The lines of a listing: path and type, or the error.
    std::vector<std::string> list(const std::string& params) {
        const auto& answer = c.ask("file.list", params);
        if (!answer.error().empty()) return {answer.error()};
        std::vector<std::string> out;
        std::string_view text = answer.text("entries");
        while (!text.empty()) {
            const auto line = json::parse(text.substr(0, text.find('\n'))).as_object();
            text.remove_prefix(text.find('\n') + 1);
            const auto* error = line.if_contains("error");
            const auto path = line.at("path").is_string() ? std::string(line.at("path").as_string()) : "?";
            out.push_back(path + " " + std::string(error ? error->as_string() : line.at("type").as_string()));
        }
        return out;
    }
};

using lines = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(file_operations, listing)

BOOST_AUTO_TEST_CASE(a_status) {
    write_file(server.in_root("a"), "12345");
    ::chmod(server.in_root("a").c_str(), 0640);
    fs::create_symlink("a", server.in_root("link"));
    const auto& file = c.ask("file.stat", path_of("link"));
    BOOST_TEST(file.at("type") == R"("file")");
    BOOST_TEST(file.at("size") == "5");
    BOOST_TEST(file.at("mode") == "416");
    BOOST_TEST(file.at("links") == "1");
    BOOST_TEST(file.at("uid") == std::to_string(::geteuid()));
    BOOST_TEST((file.at("user") == R"("root")" || ::geteuid() != 0));
    const auto& link = c.ask("file.stat", path_of("link", R"(,"follow":false)"));
    BOOST_TEST(link.at("type") == R"("symlink")");
    BOOST_TEST(link.at("target") == R"("a")");
    BOOST_TEST(outcome("file.stat", path_of("nothing")) == "not_found");
    BOOST_TEST(outcome("file.stat", path_of("../a")) == "path_denied");
    BOOST_TEST(outcome("file.stat", "{}") == "invalid_params");
}

BOOST_AUTO_TEST_CASE(directories_names_and_links) {
    BOOST_TEST(outcome("file.mkdir", path_of("a/b/c")) == "not_found");
    BOOST_TEST(outcome("file.mkdir", path_of("a/b/c", R"(,"parents":true,"mode":448)")) == "done");
    BOOST_TEST(outcome("file.mkdir", path_of("a/b/c")) == "already_exists");
    BOOST_TEST(outcome("file.mkdir", path_of("x", R"(,"mode":2048)")) == "invalid_params"); // setuid
    BOOST_TEST(outcome("file.symlink", path_of("a/link", R"(,"target":"b")")) == "done");
    BOOST_TEST(fs::read_symlink(server.in_root("a/link")).string() == "b");
    write_file(server.in_root("a/file"), "content");
    BOOST_TEST(outcome("file.link", from_to("a/file", "second")) == "done");
    BOOST_TEST(outcome("file.rename", from_to("second", "a/file", R"(,"overwrite":false)")) == "already_exists");
    BOOST_TEST(outcome("file.rename", from_to("second", "third")) == "done");
    BOOST_TEST(outcome("file.rename", from_to("third", "a", R"(,"exchange":true)")) == "done");
    BOOST_TEST(fs::is_directory(server.in_root("third")));
    BOOST_TEST(outcome("file.remove", path_of("third")) == "is_directory");
    BOOST_TEST(c.ask("file.rename", from_to("third", std::string(300, 'n'))).data("field") == R"("to")");
    BOOST_TEST(c.ask("file.link", from_to(std::string(300, 'n'), "x")).data("field") == R"("from")");
    const auto& removed = c.ask("file.remove", path_of("third", R"(,"recursive":true)"));
    BOOST_TEST(removed.at("removed") == "5");
    BOOST_TEST(!fs::exists(server.in_root("third")));
    BOOST_TEST(outcome("file.remove", path_of("third")) == "not_found");
}

BOOST_AUTO_TEST_CASE(attributes_and_space) {
    write_file(server.in_root("a"), "");
    BOOST_TEST(outcome("file.set", path_of("a", R"(,"mode":384,"mtime_ns":-5)")) == "done");
    const auto& now = c.ask("file.stat", path_of("a"));
    BOOST_TEST(now.at("mode") == "384");
    BOOST_TEST(now.at("mtime_ns") == "-5");
    BOOST_TEST(outcome("file.set", path_of("a", R"(,"mode":512)")) == "invalid_params");
    BOOST_TEST(outcome("file.set", path_of("a", R"(,"uid":4294967295)")) == "invalid_params");
    BOOST_TEST(std::stoull(c.ask("file.space", path_of("/")).at("total_bytes")) > 0U);
}

BOOST_AUTO_TEST_CASE(listings) {
    fs::create_directories(server.in_root("tree/b"));
    write_file(server.in_root("tree/b/c"), "");
    write_file(server.in_root("tree/a"), "");
    fs::create_symlink("b", server.in_root("tree/l"));
    BOOST_TEST(list(path_of("tree")) == (lines{"a file", "b directory", "l symlink"}),
               boost::test_tools::per_element());
    BOOST_TEST(list(path_of("tree", R"(,"recursive":true)")) ==
                   (lines{"a file", "b directory", "b/c file", "l symlink"}),
               boost::test_tools::per_element());
    BOOST_TEST(list(path_of("tree/a")) == lines{"not_found"}, boost::test_tools::per_element());
    BOOST_TEST(list(path_of("nothing")) == lines{"not_found"}, boost::test_tools::per_element());
    BOOST_TEST(list(path_of("tree/b/../b")) == lines{"c file"}, boost::test_tools::per_element());
    // Any bytes but NUL and a slash may be a name.
    write_file(server.in_root("tree/b/\n\xff"), "");
    BOOST_TEST(list(path_of("tree/b")) == (lines{"? file", "c file"}), boost::test_tools::per_element());
}

/// More than the window of a stream, and the client may have enough before the end.
BOOST_AUTO_TEST_CASE(a_listing_that_is_long) {
    fs::create_directory(server.in_root("many"));
    const std::string name(200, 'n');
    for (int i = 0; i < 5'000; ++i) write_file(server.in_root("many/" + name + std::to_string(i)), "");
    BOOST_TEST(list(path_of("many")).size() == 5'000U);
    BOOST_TEST(c.ask("file.list", path_of("many")).at("entries") == "5000");
    const auto id = c.call("file.list", path_of("many"));
    static_cast<void>(c.read(id, "entries", 1'000));
    c.stop(id, "entries");
    const auto& ended = c.wait(id);
    BOOST_TEST(ended.error() == "");
    BOOST_TEST(ended.at("entries") != "5000"); // what nobody reads is not looked at
}

BOOST_AUTO_TEST_CASE(what_a_key_allows) {
    const test_server keyed{{.with_keys = true}};
    const auto error_of = [&](raw_client& on, std::string_view method, const std::string& params) {
        return on.ask(method, params).error();
    };
    auto reader = keyed.connect("get");
    BOOST_TEST(error_of(reader, "file.stat", path_of("/")) == "");
    BOOST_TEST(error_of(reader, "file.list", path_of("/")) == "");
    for (const std::string_view method : {"file.mkdir", "file.remove"})
        BOOST_TEST(error_of(reader, method, path_of("a")) == "permission_denied");
    BOOST_TEST(error_of(reader, "file.rename", from_to("a", "b")) == "permission_denied");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
