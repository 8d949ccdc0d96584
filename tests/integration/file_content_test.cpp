// file.digest, file.copy, and the digests and patterns of file.list.

#include "support/file_requests.hpp"

#include "tug/service/options.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace tug::test;
namespace fs = std::filesystem;
namespace json = boost::json;

BOOST_FIXTURE_TEST_SUITE(file_content, file_requests)

BOOST_AUTO_TEST_CASE(digests) {
    const std::string text = std::string(200'000, 'a') + "end";
    write_file(server.in_root("f"), text);
    const auto& whole = c.ask("file.digest", path_of("f"));
    BOOST_TEST(whole.at("digest") == json_text(digest_of(text)));
    BOOST_TEST(whole.at("bytes") == "200003");
    BOOST_TEST(whole.at("size") == "200003");
    const auto& range = c.ask("file.digest", path_of("f", R"(,"offset":200000,"length":9)"));
    BOOST_TEST(range.at("digest") == json_text(digest_of("end")));
    BOOST_TEST(range.at("bytes") == "3");
    const auto& blocks = c.ask("file.digest", path_of("f", R"(,"block":65536,"digest":"sha256")"));
    BOOST_TEST(blocks.text("blocks").size() == 4U * 32U);
    BOOST_TEST(blocks.at("digest").starts_with(R"("sha256:)"));
    const auto& two = c.ask("file.digest", path_of("f", R"(,"block":65536,"length":131072)"));
    BOOST_TEST(two.text("blocks").size() == 2U * 16U);
    BOOST_TEST(two.text("blocks").substr(0, 16) == two.text("blocks").substr(16, 16));
    BOOST_TEST(outcome("file.digest", path_of("f", R"(,"offset":200004)")) == "range_invalid");
    BOOST_TEST(outcome("file.digest", path_of("f", R"(,"block":65535)")) == "invalid_params");
    BOOST_TEST(outcome("file.digest", path_of("f", R"(,"digest":"none")")) == "invalid_params");
    BOOST_TEST(outcome("file.digest", path_of("/")) == "is_directory");
    BOOST_TEST(outcome("file.digest", path_of("../f")) == "path_denied");
}

/// More digests than the window takes: the client has enough, or wants none of it any more.
BOOST_AUTO_TEST_CASE(a_digest_that_is_not_waited_for) {
    const test_server narrow({.adjust = [](tug::service::options& o) { o.limits.window = 64 * 1024; }});
    write_file(narrow.in_root("f"), "");
    BOOST_REQUIRE(::truncate(narrow.in_root("f").c_str(), 384L * 1024 * 1024) == 0); // 96 KiB of digests
    auto on = narrow.connect();
    const auto stopped = on.call("file.digest", path_of("f", R"(,"block":65536)"));
    static_cast<void>(on.read(stopped, "blocks", 16));
    on.stop(stopped, "blocks");
    BOOST_TEST(on.wait(stopped).error() == "");
    BOOST_TEST(on.wait(stopped).at("bytes") != std::to_string(384 * 1024 * 1024));
    const auto cancelled = on.call("file.digest", path_of("f", R"(,"block":65536)"));
    static_cast<void>(on.read(cancelled, "blocks", 16));
    on.cancel(cancelled);
    BOOST_TEST(on.wait(cancelled).error() == "cancelled");
    const auto plain = on.call("file.digest", path_of("f", R"(,"digest":"sha256")"));
    on.cancel(plain);
    BOOST_TEST(on.wait(plain).error() == "cancelled");
    BOOST_TEST(on.ask("file.digest", path_of("f", R"(,"timeout_ms":1)")).error() == "timed_out");
}

BOOST_AUTO_TEST_CASE(copies) {
    write_file(server.in_root("f"), "content");
    ::chmod(server.in_root("f").c_str(), 0600);
    const auto& copied = c.ask("file.copy", from_to("f", "copy"));
    BOOST_TEST(copied.at("size") == "7");
    BOOST_TEST(read_file(server.in_root("copy")) == "content");
    BOOST_TEST(outcome("file.copy", from_to("f", "copy", R"(,"overwrite":false)")) == "already_exists");
    BOOST_TEST(outcome("file.copy", from_to("f", "a/b/copy")) == "not_found");
    BOOST_TEST(outcome("file.copy", from_to("f", "a/b/copy", R"(,"make_parents":true)")) == "done");
    fs::create_symlink("copy", server.in_root("link"));
    write_file(server.in_root("g"), "other");
    BOOST_TEST(outcome("file.copy", from_to("g", "link")) == "done");
    BOOST_TEST(read_file(server.in_root("copy")) == "other");
    BOOST_TEST(outcome("file.copy", from_to("g", "link", R"(,"follow":false)")) == "done");
    BOOST_TEST(!fs::is_symlink(server.in_root("link")));
    BOOST_TEST(c.ask("file.copy", from_to("f", std::string(300, 'n'))).data("field") == R"("to")");
    BOOST_TEST(c.ask("file.copy", from_to(std::string(300, 'n'), "f")).data("field") == R"("from")");
    BOOST_TEST(outcome("file.copy", from_to("nothing", "x")) == "not_found");
    BOOST_TEST(outcome("file.copy", from_to("a", "x")) == "is_directory");
}

BOOST_AUTO_TEST_CASE(what_a_key_allows) {
    const test_server keyed{{.with_keys = true}};
    write_file(keyed.in_root("f"), "");
    auto reader = keyed.connect("get");
    BOOST_TEST(reader.ask("file.digest", path_of("f")).error() == "");
    BOOST_TEST(reader.ask("file.copy", from_to("f", "g")).error() == "permission_denied");
}

BOOST_AUTO_TEST_CASE(listings_with_digests_and_without_names) {
    fs::create_directories(server.in_root("t/sub"));
    write_file(server.in_root("t/a.o"), "");
    write_file(server.in_root("t/sub/b"), "content");
    fs::create_symlink("sub", server.in_root("t/z"));
    const auto& all = c.ask("file.list", path_of("t", R"(,"recursive":true,"digest":"xxh3-128","exclude":["*.o"])"));
    BOOST_TEST(all.error() == "");
    std::vector<std::string> lines;
    std::string_view text = all.text("entries");
    while (!text.empty()) {
        const auto line = json::parse(text.substr(0, text.find('\n'))).as_object();
        text.remove_prefix(text.find('\n') + 1);
        const auto* digest = line.if_contains("digest");
        lines.push_back(std::string(line.at("path").as_string()) + " " +
                        std::string(digest ? digest->as_string() : "none"));
    }
    const std::vector<std::string> expected{"sub none", "sub/b " + digest_of("content"), "z none"};
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
    const auto& none = c.ask("file.list", path_of("t", R"(,"recursive":true,"exclude":["sub/","z","*.o"])"));
    BOOST_TEST(none.text("entries").empty());
    BOOST_TEST(outcome("file.list", path_of("t", R"(,"digest":"none")")) == "invalid_params");
    BOOST_TEST(outcome("file.list", path_of("t", R"(,"exclude":[")" + std::string(300, 'x') + "\"]")) ==
               "invalid_params");
}

BOOST_AUTO_TEST_SUITE_END()
