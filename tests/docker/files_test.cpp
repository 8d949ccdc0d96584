// Files to and from a service in another container.

#include "remote.hpp"

#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tug::test {

namespace {

std::string random_bytes(std::size_t size, std::uint32_t seed) {
    std::string out(size, '\0');
    for (char& c : out) c = static_cast<char>((seed = seed * 1664525U + 1013904223U) >> 24);
    return out;
}

asio::awaitable<void> there_and_back(client& on, std::string path, std::string content) {
    const auto stored = co_await on.put_bytes(content, path);
    BOOST_TEST(stored.size == content.size());
    const auto back = co_await on.get_bytes(path);
    BOOST_TEST((back == content));
}

} // namespace

BOOST_AUTO_TEST_SUITE(docker_files)

BOOST_AUTO_TEST_CASE(a_few_mebibytes_there_and_back) {
    loop on;
    auto client = on.connect();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{3'000'001}}) {
        const auto content = random_bytes(size, 1);
        on.wait(there_and_back(client, "round-trip", content));
    }
}

BOOST_AUTO_TEST_CASE(a_big_file_with_its_digests) {
    loop on;
    const temp_dir dir;
    auto client = on.connect();
    const auto content = random_bytes(64 * 1024 * 1024, 2);
    write_file(dir / "local", content);
    const auto stored = on.wait(client.put(dir / "local", "big", put_options().digest(digest_kind::sha256).mode(0640)));
    BOOST_TEST(stored.size == content.size());
    const auto there = on.output_of(client, "sha256sum <big; stat -c %a big");
    BOOST_TEST(there == stored.digest.substr(7) + "  -\n640\n");
    const auto got = on.wait(client.get("big", dir / "back"));
    BOOST_TEST(got.bytes == content.size());
    BOOST_TEST((read_file(dir / "back") == content));
    const auto again = on.wait(client.get("big", dir / "again", get_options().digest(digest_kind::sha256)));
    BOOST_TEST(again.digest == stored.digest);
    BOOST_TEST(on.output_of(client, "rm big; test -e big || echo gone") == "gone\n");
}

BOOST_AUTO_TEST_CASE(many_files_at_once) {
    loop on;
    auto one = on.connect();
    auto another = on.connect();
    for (std::uint32_t i = 0; i < 40; ++i)
        on.start(there_and_back(i % 2 == 0 ? one : another, std::string("many-") + static_cast<char>('A' + i),
                                random_bytes(200'000, i)));
    on.wait_all();
    BOOST_TEST(on.output_of(one, "ls many-* | wc -l; rm many-*") == "40\n");
}

BOOST_AUTO_TEST_CASE(errors_by_name) {
    loop on;
    auto client = on.connect();
    BOOST_TEST((error_of([&] { on.wait(client.get_bytes("no-such-file")); }) == errc::not_found));
    BOOST_TEST((error_of([&] { on.wait(client.get_bytes("../etc/passwd")); }) == errc::path_denied));
    BOOST_TEST((error_of([&] { on.wait(client.get_bytes("/")); }) == errc::is_directory));
    const auto no_parent = [&] { (void)on.wait(client.put_bytes("x", "none/file")); };
    BOOST_TEST((error_of(no_parent) == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
