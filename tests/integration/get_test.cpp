// get: ranges, digests, and files that are not what they seem.

#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

namespace {

using namespace tug::test;

std::string named(std::string_view path, std::string_view more = "") {
    return R"({"path":)" + json_text(path) + std::string(more) + "}";
}

struct connected {
    test_server server;
    raw_client c = server.connect();

    const received_call& get(std::string_view path, std::string_view more = "") {
        return c.ask("get", named(path, more));
    }
};

BOOST_FIXTURE_TEST_SUITE(server_get_test, connected)

BOOST_AUTO_TEST_CASE(a_file_is_fetched) {
    const auto content = sample_bytes(5'000'000);
    write_file(server.in_root("a"), content);
    ::chmod(server.in_root("a").c_str(), 04751);
    struct stat st{};
    BOOST_REQUIRE(::stat(server.in_root("a").c_str(), &st) == 0);
    const auto& answer = get("a");
    BOOST_TEST((answer.text("data") == content));
    BOOST_TEST(answer.streams.at("data").eof);
    BOOST_TEST(answer.at("size") == "5000000");
    BOOST_TEST(answer.at("bytes") == "5000000");
    BOOST_TEST(answer.at("digest") == json_text(digest_of(content)));
    BOOST_TEST(answer.at("mode") == "489"); // 0751
    BOOST_TEST(answer.at("mtime_ns") == std::to_string(st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec));
}

BOOST_AUTO_TEST_CASE(ranges) {
    write_file(server.in_root("a"), "0123456789");
    const auto part = [&](std::string_view more) {
        const auto& answer = get("a", more);
        if (!answer.error().empty()) return answer.error();
        BOOST_TEST(answer.at("digest") == json_text(digest_of(answer.text("data"))));
        BOOST_TEST(answer.at("bytes") == std::to_string(answer.text("data").size()));
        BOOST_TEST(answer.at("size") == "10");
        BOOST_TEST(answer.streams.at("data").eof);
        return answer.text("data");
    };
    BOOST_TEST(part("") == "0123456789");
    BOOST_TEST(part(R"(,"offset":3)") == "3456789");
    BOOST_TEST(part(R"(,"offset":3,"length":2)") == "34");
    BOOST_TEST(part(R"(,"offset":9,"length":9007199254740991)") == "9");
    BOOST_TEST(part(R"(,"length":0)") == "");
    BOOST_TEST(part(R"(,"offset":10)") == "");
    BOOST_TEST(part(R"(,"offset":10,"length":5)") == "");
    BOOST_TEST(part(R"(,"offset":11)") == "range_invalid");
    BOOST_TEST(part(R"(,"offset":9007199254740991)") == "range_invalid");
}

BOOST_AUTO_TEST_CASE(digests) {
    write_file(server.in_root("a"), "abc");
    BOOST_TEST(get("a", R"(,"digest":"sha256")").at("digest") ==
               R"("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")");
    BOOST_TEST(get("a", R"(,"digest":"none")").at("digest") == "");
    BOOST_TEST(get("a", R"(,"digest":"none")").text("data") == "abc");
    BOOST_TEST(get("a", R"(,"digest":"md5")").data("field") == R"("digest")");
}

BOOST_AUTO_TEST_CASE(an_empty_file) {
    write_file(server.in_root("empty"), "");
    const auto& answer = get("empty");
    BOOST_TEST(answer.at("bytes") == "0");
    BOOST_TEST(answer.at("digest") == R"("xxh3-128:99aa06d3014798d86001c324468d497f")");
    BOOST_TEST(answer.streams.at("data").eof);
    BOOST_TEST(get("empty", R"(,"offset":1)").error() == "range_invalid");
    BOOST_TEST(get("empty", R"(,"offset":1,"length":0)").error() == "range_invalid");
}

/// A file of the size of the window takes all credit, and needs no more for its end.
BOOST_AUTO_TEST_CASE(exactly_the_window) {
    write_file(server.in_root("a"), sample_bytes(1'048'576));
    c.gives_credit = false;
    BOOST_TEST(get("a").at("bytes") == "1048576");
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file) {
    ::mkdir(server.in_root("dir").c_str(), 0755);
    ::mkfifo(server.in_root("fifo").c_str(), 0644);
    std::filesystem::create_symlink("fifo", server.in_root("link"));
    const int s = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    server.in_root("socket").copy(a.sun_path, sizeof a.sun_path - 1);
    BOOST_REQUIRE(::bind(s, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
    ::close(s);
    for (const auto* path : {"dir", "dir/", "dir/."}) BOOST_TEST(get(path).error() == "is_directory");
    BOOST_TEST(get("/").error() == "is_directory");
    BOOST_TEST(get("fifo").error() == "not_a_regular_file");
    BOOST_TEST(get("link").error() == "not_a_regular_file");
    BOOST_TEST(get("socket").error() == "not_a_regular_file");
    BOOST_TEST(get("nothing").error() == "not_found");
    BOOST_TEST(get("nothing").data("errno") == R"("ENOENT")");
    write_file(server.in_root("file"), "x");
    for (const auto* path : {"fifo/a", "file/", "file/a"}) BOOST_TEST(get(path).data("errno") == R"("ENOTDIR")");
}

// --- files that change -----------------------------------------------------------------------------------------------

/// Half a file never looks whole.
BOOST_AUTO_TEST_CASE(a_file_that_shrinks) {
    write_file(server.in_root("a"), sample_bytes(3'000'000));
    c.gives_credit = false;
    const auto id = c.call("get", named("a"));
    c.read(id, "data", 1'048'576);
    std::filesystem::resize_file(server.in_root("a"), 1'500'000);
    c.grant(id, "data", 10'000'000);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.error() == "io_error");
    BOOST_TEST(!answer.streams.at("data").eof);
    BOOST_TEST(answer.text("data").size() <= 1'500'000U);
    BOOST_TEST(c.is_served());
}

/// The size at open holds.
BOOST_AUTO_TEST_CASE(a_file_that_grows) {
    const auto content = sample_bytes(2'000'000);
    write_file(server.in_root("a"), content);
    c.gives_credit = false;
    const auto id = c.call("get", named("a"));
    c.read(id, "data", 1'048'576);
    write_file(server.in_root("a"), content + "more");
    c.grant(id, "data", 10'000'000);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("bytes") == "2000000");
    BOOST_TEST((answer.text("data") == content));
}

/// One that was empty too: no file of /proc, it does not lie about its size.
BOOST_AUTO_TEST_CASE(an_empty_file_that_grows) {
    for (int round = 0; round < 300; ++round) {
        write_file(server.in_root("a"), "");
        std::thread writer([&] { write_file(server.in_root("a"), "more"); });
        const auto& answer = get("a");
        writer.join();
        BOOST_TEST(answer.at("bytes") == answer.at("size"));
    }
}

/// A file that was replaced is still sent as it was.
BOOST_AUTO_TEST_CASE(a_file_that_is_replaced) {
    const auto content = sample_bytes(2'000'000);
    write_file(server.in_root("a"), content);
    c.gives_credit = false;
    const auto id = c.call("get", named("a"));
    c.read(id, "data", 1'048'576);
    write_file(server.in_root("b"), "new");
    std::filesystem::rename(server.in_root("b"), server.in_root("a"));
    c.grant(id, "data", 10'000'000);
    BOOST_TEST((c.wait(id).text("data") == content));
}

// --- what ends it ----------------------------------------------------------------------------------------------------

/// The answer comes at once, for what was sent; no eof comes on a stream that was stopped.
BOOST_AUTO_TEST_CASE(stop) {
    const auto content = sample_bytes(3'000'000);
    write_file(server.in_root("a"), content);
    c.gives_credit = false;
    const auto id = c.call("get", named("a"));
    c.read(id, "data", 1'048'576);
    c.stop(id, "data");
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("bytes") == "1048576");
    BOOST_TEST(answer.at("size") == "3000000");
    BOOST_TEST(answer.at("digest") == json_text(digest_of(content.substr(0, 1'048'576))));
    BOOST_TEST(!answer.streams.at("data").eof);
    BOOST_TEST(c.is_served());
}

/// Wherever the stop comes, bytes and digest are those of what was sent.
BOOST_AUTO_TEST_CASE(stop_while_it_flows) {
    write_file(server.in_root("a"), sample_bytes(8'000'000));
    for (const std::size_t after : {1U, 300'000U, 1'000'000U, 2'000'000U}) {
        const auto id = c.call("get", named("a"));
        c.read(id, "data", after);
        c.stop(id, "data");
        const auto& answer = c.wait(id);
        BOOST_TEST(answer.at("bytes") == std::to_string(answer.text("data").size()));
        BOOST_TEST(answer.at("digest") == json_text(digest_of(answer.text("data"))));
    }
}

BOOST_AUTO_TEST_CASE(cancel) {
    write_file(server.in_root("a"), sample_bytes(3'000'000));
    c.gives_credit = false;
    const auto id = c.call("get", named("a"));
    c.read(id, "data", 1'048'576);
    c.cancel(id);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.error() == "cancelled");
    BOOST_TEST(!answer.streams.at("data").eof);
}

BOOST_AUTO_TEST_CASE(timeout) {
    write_file(server.in_root("a"), sample_bytes(3'000'000));
    c.gives_credit = false;
    const auto& answer = get("a", R"(,"timeout_ms":50)");
    BOOST_TEST(answer.error() == "timed_out");
    BOOST_TEST(!answer.streams.at("data").eof);
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(server_get_host_test)

/// Files that say that they are empty are read to their end.
BOOST_AUTO_TEST_CASE(files_of_proc) {
    const test_server server{{.adjust = [](auto& o) { o.root = std::string("/"); }}};
    auto c = server.connect();
    const auto& answer = c.ask("get", R"({"path":"/proc/self/status"})");
    BOOST_TEST(answer.at("size") == "0");
    BOOST_TEST(answer.text("data").starts_with("Name:"));
    BOOST_TEST(answer.at("bytes") == std::to_string(answer.text("data").size()));
    BOOST_TEST(c.ask("get", R"({"path":"/proc/self/status","length":4})").text("data") == "Name");
    BOOST_TEST(c.ask("get", R"({"path":"/proc/self/status","offset":2,"length":4})").text("data") == "me:\t");
    BOOST_TEST(c.ask("get", R"({"path":"/proc/self/status","offset":1000000})").error() == "range_invalid");
    BOOST_TEST(c.ask("get", R"({"path":"/dev/null"})").error() == "not_a_regular_file");
    BOOST_TEST(c.ask("get", R"({"path":"/proc/self/exe"})").error() == "path_denied");
}

/// Those of sysfs say that they have 4096 bytes, whatever they have.
BOOST_AUTO_TEST_CASE(files_of_sysfs) {
    const std::string path = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";
    const auto* const file = std::filesystem::exists(path) ? path.c_str() : "/sys/kernel/fscaps";
    if (!std::filesystem::exists(file) || std::filesystem::file_size(file) != 4096) {
        BOOST_TEST_MESSAGE("skipped: no file of sysfs here that says 4096");
        return;
    }
    const auto content = read_file(file);
    const test_server server{{.adjust = [](auto& o) { o.root = std::string("/"); }}};
    auto c = server.connect();
    const auto get = [&](std::string_view more) -> const received_call& { return c.ask("get", named(file, more)); };
    BOOST_TEST(get("").text("data") == content);
    BOOST_TEST(get("").at("size") == std::to_string(content.size()));
    BOOST_TEST(get("").at("bytes") == std::to_string(content.size()));
    BOOST_TEST(get("").at("digest") == json_text(digest_of(content)));
    BOOST_TEST(get("").streams.at("data").eof);
    BOOST_TEST(get(R"(,"offset":1)").text("data") == content.substr(1));
    BOOST_TEST(get(R"(,"offset":1,"length":4000)").text("data") == content.substr(1));
    BOOST_TEST(get(R"(,"offset":1,"length":1)").text("data") == content.substr(1, 1));
    BOOST_TEST(get(R"(,"offset":100)").at("bytes") == "0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
