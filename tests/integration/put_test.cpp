// put: what is stored, and that nothing is stored where it fails.

#include "support/proc.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace tug::test;

const std::string sha256_of_abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

std::string named(std::string_view path, std::string_view more = "") {
    return R"({"path":)" + json_text(path) + std::string(more) + "}";
}

struct connected {
    test_server server;
    raw_client c = server.connect();

    /// A whole put; `more` are members of its params, with a comma before each.
    const received_call& put(std::string_view path, std::string_view content, std::string_view more = "") {
        const auto id = c.call("put", named(path, more));
        c.write(id, "data", content, true);
        return c.wait(id);
    }

    /// With a digest on the eof frame, as JSON text.
    const received_call& put_with(std::string_view digest, std::string_view more = "") {
        const auto id = c.call("put", named("a", more));
        c.note("rpc.data",
               R"({"call":)" + std::to_string(id) + R"(,"stream":"data","eof":true,"digest":)" + std::string(digest) +
                   "}",
               "abc");
        return c.wait(id);
    }

    [[nodiscard]] struct stat status(std::string_view name) const {
        struct stat st{};
        BOOST_REQUIRE(::stat(server.in_root(name).c_str(), &st) == 0);
        return st;
    }
};

BOOST_FIXTURE_TEST_SUITE(server_put_test, connected)

BOOST_AUTO_TEST_CASE(a_file_is_stored) {
    const auto content = sample_bytes(300'000);
    const auto& answer = put("a", content, R"(,"size":300000)");
    BOOST_TEST(answer.at("size") == "300000");
    BOOST_TEST(answer.at("digest") == json_text(digest_of(content)));
    BOOST_TEST(read_file(server.in_root("a")) == content);
    BOOST_TEST((status("a").st_mode & 07777) == 0644U);
    BOOST_TEST(server.files() == "a");
}

BOOST_AUTO_TEST_CASE(nothing_is_a_content_too) {
    const auto& answer = put("empty", "");
    BOOST_TEST(answer.at("size") == "0");
    BOOST_TEST(answer.at("digest") == R"("xxh3-128:99aa06d3014798d86001c324468d497f")");
    BOOST_TEST(server.files() == "empty");
}

/// More than the window: the credit comes back as the file is written.
BOOST_AUTO_TEST_CASE(a_large_file) {
    const auto content = sample_bytes(10'000'000);
    const auto id = c.call("put", named("large", R"(,"durable":false)"));
    std::uint64_t sent = 0;
    while (sent < content.size()) {
        const auto allowed = c.allowed(id, "data") - sent;
        if (allowed == 0) {
            c.step();
            continue;
        }
        const auto piece = content.substr(sent, std::min<std::uint64_t>(allowed, 100'000));
        c.write(id, "data", piece);
        sent += piece.size();
    }
    c.write(id, "data", "", true);
    BOOST_TEST(c.wait(id).at("digest") == json_text(digest_of(content)));
    BOOST_TEST((read_file(server.in_root("large")) == content));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_replaced_keeps_its_mode) {
    for (const mode_t mode : {0600U, 0755U}) {
        write_file(server.in_root("a"), "old");
        BOOST_REQUIRE(::chmod(server.in_root("a").c_str(), mode) == 0);
        BOOST_TEST(put("a", "x", R"(,"new_mode":420)").error() == "");
        BOOST_TEST((status("a").st_mode & 07777) == mode);
    }
    BOOST_TEST(put("a", "x", R"(,"mode":416,"new_mode":511)").error() == "");
    BOOST_TEST((status("a").st_mode & 07777) == 0640U);
    BOOST_TEST(put("b", "x", R"(,"new_mode":384)").error() == "");
    BOOST_TEST((status("b").st_mode & 07777) == 0600U);
}

BOOST_AUTO_TEST_CASE(mode_and_mtime) {
    BOOST_TEST(put("a", "x", R"(,"mode":502,"mtime_ns":1234567890123456789)").error() == ""); // 0766
    BOOST_TEST((status("a").st_mode & 07777) == 0766U);
    BOOST_TEST(status("a").st_mtim.tv_sec == 1'234'567'890);
    BOOST_TEST(status("a").st_mtim.tv_nsec == 123'456'789);
    BOOST_TEST(put("b", "x", R"(,"mode":0,"mtime_ns":-1)").error() == "");
    BOOST_TEST((status("b").st_mode & 07777) == 0U);
    BOOST_TEST(status("b").st_mtim.tv_sec == -1);
    BOOST_TEST(put("c", "x", R"(,"mode":2541)").data("field") == R"("mode")"); // 04755
    BOOST_TEST(server.files() == "a b");
}

/// What the file system can hold comes back; other times become the nearest that it can.
BOOST_AUTO_TEST_CASE(mtime_at_its_ends) {
    for (const auto* time : {"9223372036854775807", "-9223372036854775808", "-9223372036854775807", "-1", "0",
                             "-9223372036000000000", "-2147483648000000001"}) {
        BOOST_TEST(put("a", "x", R"(,"mtime_ns":)" + std::string(time)).error() == "");
        const auto kept = status("a").st_mtim;
        const auto got = c.ask("get", named("a")).at("mtime_ns");
        const auto asked = std::strtoll(time, nullptr, 10);
        // Seconds towards minus infinity.
        const auto seconds = asked / 1'000'000'000 - (asked % 1'000'000'000 < 0 ? 1 : 0);
        BOOST_TEST_CONTEXT(time) {
            if (kept.tv_sec == seconds)
                BOOST_TEST(got == time);
            else // ext4 begins in 1901
                BOOST_TEST(got == std::to_string(kept.tv_sec * 1'000'000'000 + kept.tv_nsec));
        }
    }
}

BOOST_AUTO_TEST_CASE(overwrite) {
    BOOST_TEST(put("a", "old").error() == "");
    BOOST_TEST(put("a", "refused", R"(,"overwrite":false)").error() == "already_exists");
    BOOST_TEST(read_file(server.in_root("a")) == "old");
    BOOST_TEST(put("a", "new").error() == "");
    BOOST_TEST(read_file(server.in_root("a")) == "new");
    BOOST_TEST(put("b", "first", R"(,"overwrite":false)").error() == "");
    BOOST_TEST(server.files() == "a b");
}

BOOST_AUTO_TEST_CASE(make_parents) {
    BOOST_TEST(put("x/y/a", "deep").error() == "not_found");
    BOOST_TEST(put("x/y/a", "deep", R"(,"make_parents":true)").error() == "");
    BOOST_TEST(server.files() == "x x/y x/y/a");
    BOOST_TEST((status("x/y").st_mode & 07777) == 0755U);
}

BOOST_AUTO_TEST_CASE(targets_that_are_refused) {
    BOOST_REQUIRE(::mkdir(server.in_root("dir").c_str(), 0755) == 0);
    BOOST_REQUIRE(::mkfifo(server.in_root("fifo").c_str(), 0644) == 0);
    BOOST_REQUIRE(::symlink("dir", server.in_root("link").c_str()) == 0);
    write_file(server.in_root("dir/file"), "x");
    for (const auto* path : {"dir", "dir/", "dir/.", "dir/..", ".", "/", "link", "link/", "dir/file/", "dir/new/"})
        BOOST_TEST(put(path, "x").error() == "is_directory");
    BOOST_TEST(put("fifo", "x").error() == "not_a_regular_file");
    BOOST_TEST(put(".tug-0123456789abcdef.tmp", "x").error() == "invalid_params");
    BOOST_TEST(put("fifo/a", "x").error() == "not_found");
    BOOST_TEST(put("../a", "x").error() == "path_denied");
    BOOST_TEST(put("", "x").error() == "invalid_params");
    BOOST_TEST(put("a\x01/b", "x").error() == "not_found");
    BOOST_TEST(put(std::string(256, 'n'), "x").error() == "invalid_params");
    BOOST_TEST(put(std::string(4096, 'n'), "x").data("field") == R"("path")");
    BOOST_TEST(server.files() == "dir dir/file fifo link");
}

// --- links -----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(links_are_followed) {
    BOOST_REQUIRE(::mkdir(server.in_root("d").c_str(), 0755) == 0);
    write_file(server.in_root("d/old"), "old");
    const auto link = [&](const char* to, std::string_view name) {
        BOOST_REQUIRE(::symlink(to, server.in_root(name).c_str()) == 0);
    };
    link("d/old", "to_old");
    link("/d/new", "to_new"); // below the root, and not there yet
    link("loop", "loop");
    link("/nothing/new", "nowhere");
    link("d/none/", "slash");
    BOOST_TEST(put("to_old", "one").error() == "");
    BOOST_TEST(put("to_new", "two").error() == "");
    BOOST_TEST(read_file(server.in_root("d/old")) == "one");
    BOOST_TEST(read_file(server.in_root("d/new")) == "two");
    BOOST_TEST(put("to_old", "x", R"(,"overwrite":false)").error() == "already_exists");
    BOOST_TEST(put("loop", "x").error() == "path_denied");
    BOOST_TEST(put("nowhere", "x").error() == "not_found");
    BOOST_TEST(put("slash", "x").error() == "is_directory");
    BOOST_TEST(put("nowhere", "x", R"(,"make_parents":true)").error() == "not_found");
    for (const auto* name : {"to_old", "to_new", "loop", "nowhere", "slash"})
        BOOST_TEST(std::filesystem::is_symlink(server.in_root(name)));
    BOOST_TEST(server.files() == "d d/new d/old loop nowhere slash to_new to_old");
}

BOOST_AUTO_TEST_CASE(links_that_are_replaced) {
    write_file(server.in_root("old"), "old");
    for (const auto* to : {"old", "nothing", "link", "/"}) {
        BOOST_REQUIRE(::symlink(to, server.in_root("link").c_str()) == 0);
        BOOST_TEST(put("link", "x", R"(,"follow":false,"overwrite":false)").error() == "already_exists");
        BOOST_TEST(put("link", "new", R"(,"follow":false)").error() == "");
        BOOST_TEST(!std::filesystem::is_symlink(server.in_root("link")));
        BOOST_TEST(read_file(server.in_root("link")) == "new");
        BOOST_REQUIRE(::unlink(server.in_root("link").c_str()) == 0);
    }
    BOOST_TEST(read_file(server.in_root("old")) == "old");
}

// --- what is verified ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(digests_in_params) {
    BOOST_TEST(put("a", "abc", R"(,"digest":"xxh3-128")").at("digest") == json_text(digest_of("abc")));
    BOOST_TEST(put("a", "abc", R"(,"digest":"sha256")").at("digest") == json_text(sha256_of_abc));
    BOOST_TEST(put("a", "abc", R"(,"digest":)" + json_text(sha256_of_abc)).at("digest") == json_text(sha256_of_abc));
    BOOST_TEST(put("a", "abc", R"(,"digest":)" + json_text(digest_of("abc"))).error() == "");
    BOOST_TEST(put("b", "abd", R"(,"digest":)" + json_text(sha256_of_abc)).error() == "digest_mismatch");
    BOOST_TEST(put("b", "abd", R"(,"digest":)" + json_text(digest_of("abc"))).error() == "digest_mismatch");
    for (const auto* digest : {R"("none")", R"("md5")", R"("sha256:")", R"("sha256:00")", "7", R"("XXH3-128")",
                               R"("xxh3-128:99AA06D3014798D86001C324468D497F")"})
        BOOST_TEST(put("b", "abc", R"(,"digest":)" + std::string(digest)).data("field") == R"("digest")");
    BOOST_TEST(server.files() == "a");
}

BOOST_AUTO_TEST_CASE(digests_at_eof) {
    const auto xxh3 = json_text(digest_of("abc"));
    const auto sha = json_text(sha256_of_abc);
    BOOST_TEST(put_with(xxh3).error() == "");
    BOOST_TEST(put_with(sha, R"(,"digest":"sha256")").error() == "");
    BOOST_TEST(put_with(xxh3, R"(,"digest":)" + xxh3).error() == "");
    BOOST_TEST(read_file(server.in_root("a")) == "abc");
    BOOST_REQUIRE(::unlink(server.in_root("a").c_str()) == 0);
    BOOST_TEST(put_with(json_text(digest_of("abd"))).error() == "digest_mismatch");
    BOOST_TEST(put_with(json_text(digest_of("abd")), R"(,"digest":)" + xxh3).error() == "digest_mismatch");
    BOOST_TEST(put_with(xxh3, R"(,"digest":)" + json_text(digest_of("abd"))).error() == "digest_mismatch");
    BOOST_TEST(put_with(sha).data("field") == R"("digest")"); // another kind than that of params
    BOOST_TEST(put_with(R"("nonsense")").data("field") == R"("digest")");
    BOOST_TEST(put_with("7").data("field") == R"("digest")");
    BOOST_TEST(c.is_served());
    BOOST_TEST(server.files() == "");
}

/// On a frame that is not the last one the digest is an unknown member.
BOOST_AUTO_TEST_CASE(a_digest_before_eof) {
    c.call("put", named("a"));
    c.note("rpc.data", R"({"call":1,"stream":"data","digest":)" + json_text(digest_of("abc")) + "}", "abc");
    BOOST_TEST(c.hear() == "error(invalid_request null)");
    BOOST_TEST(c.is_closed());
}

BOOST_AUTO_TEST_CASE(sizes_that_are_not_kept) {
    BOOST_TEST(put("a", "abc", R"(,"size":4)").error() == "size_mismatch");
    BOOST_TEST(put("a", "abc", R"(,"size":2)").error() == "size_mismatch");
    BOOST_TEST(put("a", "abc", R"(,"size":0)").error() == "size_mismatch");
    BOOST_TEST(put("a", "", R"(,"size":1)").error() == "size_mismatch");
    BOOST_TEST(c.is_served());
    BOOST_TEST(server.files() == "");
}

// --- what ends it ----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(cancel) {
    BOOST_TEST(put("a", "old").error() == "");
    const auto id = c.call("put", named("a"));
    c.write(id, "data", "new");
    c.cancel(id);
    BOOST_TEST(c.wait(id).error() == "cancelled");
    BOOST_TEST(read_file(server.in_root("a")) == "old");
    BOOST_TEST(server.files() == "a");
}

BOOST_AUTO_TEST_CASE(timeout) {
    const auto id = c.call("put", named("a", R"(,"timeout_ms":50)"));
    c.write(id, "data", "new");
    BOOST_TEST(c.wait(id).error() == "timed_out");
    BOOST_TEST(server.files() == "");
}

/// A sender that never pauses does not keep it from ending.
BOOST_AUTO_TEST_CASE(timeout_while_data_comes) {
    const auto id = c.call("put", named("a", R"(,"timeout_ms":100,"durable":false)"));
    std::uint64_t sent = 0;
    while (!c.is_answered(id)) {
        while (c.has_input() && !c.is_answered(id)) c.step();
        if (sent + 1000 <= c.allowed(id, "data")) {
            c.write(id, "data", std::string(1000, 'x'));
            sent += 1000;
        }
    }
    BOOST_TEST(c.of(id).error() == "timed_out");
    BOOST_TEST(c.is_served()); // what crossed the answer was dropped
    BOOST_TEST(server.files() == "");
}

BOOST_AUTO_TEST_CASE(disconnect) {
    for (const bool hard : {false, true}) {
        auto other = server.connect();
        const auto id = other.call("put", named("a"));
        other.write(id, "data", sample_bytes(200'000));
        BOOST_TEST(other.is_served());
        if (hard)
            other.reset();
        else
            other.close();
        BOOST_TEST(eventually([&] { return server.files().empty(); }));
    }
}

/// An error comes as soon as it is known; what is still on the way is dropped, and the connection goes on.
BOOST_AUTO_TEST_CASE(an_early_error_drops_the_rest) {
    const auto id = c.call("put", named("no/such/directory"));
    for (int i = 0; i < 10; ++i) c.write(id, "data", sample_bytes(100'000));
    BOOST_TEST(c.wait(id).error() == "not_found");
    for (int i = 0; i < 10; ++i) c.write(id, "data", sample_bytes(100'000)); // more than the window, too
    c.write(id, "data", "", true);
    BOOST_TEST(c.is_served());
    const auto second = c.call("put", named("a", R"(,"size":10)"));
    c.write(second, "data", "more than ten bytes");
    BOOST_TEST(c.wait(second).error() == "size_mismatch"); // without eof
    c.write(second, "data", "late", true);
    BOOST_TEST(c.is_served());
    BOOST_TEST(server.files() == "");
}

/// Of two versions one wins, whole; readers never see anything else.
BOOST_AUTO_TEST_CASE(two_at_once_to_one_path) {
    const std::string versions[] = {std::string(200'000, 'a'), std::string(200'000, 'b')};
    auto d = server.connect();
    for (int round = 0; round < 20; ++round) {
        const auto first = c.call("put", named("same", R"(,"durable":false)"));
        const auto second = d.call("put", named("same", R"(,"durable":false)"));
        for (int part = 0; part < 4; ++part) {
            c.write(first, "data", versions[0].substr(0, 50'000), part == 3);
            d.write(second, "data", versions[1].substr(0, 50'000), part == 3);
        }
        BOOST_TEST(c.wait(first).error() == "");
        BOOST_TEST(d.wait(second).error() == "");
        const auto stored = read_file(server.in_root("same"));
        BOOST_TEST((stored == versions[0] || stored == versions[1]));
    }
    BOOST_TEST(server.files() == "same");
}

BOOST_AUTO_TEST_CASE(data_after_eof) {
    const auto id = c.call("put", named("a"));
    c.send(frame(R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":1,"stream":"data","eof":true}})") +
           frame(R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":1,"stream":"data"}})", "x"));
    static_cast<void>(id);
    BOOST_TEST(c.hear() == "error(invalid_request null)");
    BOOST_TEST(c.is_closed());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
