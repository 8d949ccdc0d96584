// put: what asks about the file that is there, and what goes on with an interrupted one.

#include "support/mounted.hpp"
#include "support/test_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace tug::test;
namespace fs = std::filesystem;

std::string params(std::string_view path, std::string_view more) {
    return R"({"path":)" + json_text(path) + std::string(more) + "}";
}

/// What goes on under a token.
std::string resumable(std::string_view token, std::size_t size, std::string_view more = "") {
    return R"(,"resume":)" + json_text(token) + R"(,"size":)" + std::to_string(size) + R"(,"durable":false)" +
           std::string(more);
}

struct connected {
    test_server server;
    raw_client c = server.connect();

    const received_call& put(std::string_view path, std::string_view content, std::string_view more = "") {
        const auto id = c.call("put", params(path, more));
        c.write(id, "data", content, true);
        return c.wait(id);
    }

    /// Where the server wants the put to begin; nothing where it answers. Takes the next frames of the connection.
    static std::optional<std::uint64_t> start_of(raw_client& on, std::uint64_t id) {
        const auto frame = on.receive().json();
        const auto* params = frame.as_object().if_contains("params");
        if (!params) {
            BOOST_REQUIRE_MESSAGE(frame.as_object().contains("error"), frame);
            BOOST_REQUIRE(frame.at("error").at("data").at("name") == "busy"); // the one before is not over yet
            return std::nullopt;
        }
        BOOST_TEST(frame.at("method") == "rpc.credit");
        BOOST_TEST(params->at("call").to_number<std::uint64_t>() == id);
        BOOST_TEST(params->at("bytes").to_number<std::uint64_t>() == 0U);
        return params->at("offset").to_number<std::uint64_t>();
    }

    static void data_at(raw_client& on, std::uint64_t id, std::uint64_t offset, std::string_view bytes,
                        std::string_view more = "") {
        on.note("rpc.data",
                R"({"call":)" + std::to_string(id) + R"(,"stream":"data","offset":)" + std::to_string(offset) +
                    std::string(more) + "}",
                bytes);
    }

    /// Sends a beginning, waits until it is on the disk, and cuts the connection.
    void interrupt(std::string_view path, std::string_view beginning, std::string_view more) {
        auto other = server.connect();
        const auto id = other.call("put", params(path, more));
        BOOST_TEST((start_of(other, id) == 0U));
        other.write(id, "data", beginning);
        while (kept_bytes(server) < beginning.size()) {
        }
        other.reset();
    }

    /// Goes on with it: the offset that the server said, once the put before is over there.
    std::pair<std::uint64_t, std::uint64_t> go_on(std::string_view path, std::string_view more) {
        for (;;) {
            const auto id = c.call("put", params(path, more));
            if (const auto start = start_of(c, id)) return {id, *start};
        }
    }

    const received_call& finish(std::uint64_t id, std::uint64_t start, std::string_view content) {
        data_at(c, id, start, content.substr(start), R"(,"eof":true)");
        return c.wait(id);
    }

    /// Of the one `.part` that there is.
    [[nodiscard]] static std::uint64_t kept_bytes(const test_server& at) {
        std::uint64_t size = 0;
        std::error_code gone;
        for (const auto& entry : fs::directory_iterator(at.in_root("")))
            if (entry.path().extension() == ".part") size = fs::file_size(entry.path(), gone);
        return gone ? 0 : size;
    }

    [[nodiscard]] fs::path kept() const {
        for (const auto& entry : fs::directory_iterator(server.in_root("")))
            if (entry.path().extension() == ".part") return entry.path();
        return {};
    }
};

const std::string content = sample_bytes(900'000);

BOOST_FIXTURE_TEST_SUITE(server_put_resume_test, connected)

BOOST_AUTO_TEST_CASE(only_what_is_as_it_should_be_is_replaced) {
    const auto old_digest = R"(,"if_match":)" + json_text(digest_of("old"));
    const std::string absent = R"(,"if_match":"absent")";
    BOOST_TEST(put("a", "x", old_digest).error() == "precondition_failed");
    BOOST_TEST(put("a", "old", absent).error() == "");
    BOOST_TEST(put("a", "x", absent).error() == "precondition_failed");
    BOOST_TEST(read_file(server.in_root("a")) == "old");
    BOOST_TEST(put("a", "new", old_digest).error() == "");
    BOOST_TEST(read_file(server.in_root("a")) == "new");
    BOOST_TEST(put("a", "x", old_digest).error() == "precondition_failed");
    BOOST_TEST(server.files() == "a");
    BOOST_TEST(put("a", "x", R"(,"if_match":"xxh3")").data("field") == R"("if_match")");
    BOOST_TEST(put("a", "x", old_digest + R"(,"in_place":true)").data("field") == R"("if_match")");
    fs::create_directory(server.in_root("d"));
    BOOST_TEST(put("d", "x", old_digest).error() == "precondition_failed");
}

/// The condition holds until the new file has its name.
BOOST_AUTO_TEST_CASE(what_is_changed_while_its_successor_comes) {
    for (const bool replaced : {true, false}) {
        write_file(server.in_root("a"), "old");
        const auto id = c.call("put", params("a", R"(,"if_match":)" + json_text(digest_of("old"))));
        c.write(id, "data", sample_bytes(300'000));
        // The server has digested the old file when it takes data in.
        while (c.allowed(id, "data") == 1'048'576) c.step();
        if (replaced) fs::rename(server.in_root("a"), server.in_root("b"));
        write_file(server.in_root("a"), replaced ? "old" : "other");
        c.write(id, "data", "", true);
        BOOST_TEST(c.wait(id).error() == "precondition_failed");
        BOOST_TEST(read_file(server.in_root("a")) == (replaced ? "old" : "other"));
    }
}

BOOST_AUTO_TEST_CASE(what_is_there_already_is_not_sent) {
    write_file(server.in_root("a"), content);
    const auto same = R"(,"if_changed":true,"digest":)" + json_text(digest_of(content)) + R"(,"size":900000)";
    const auto& answer = c.ask("put", params("a", same));
    BOOST_TEST(answer.at("unchanged") == "true");
    BOOST_TEST(answer.at("size") == "900000");
    BOOST_TEST(answer.at("digest") == json_text(digest_of(content)));
    const auto id = c.call("put", params("b", same));
    BOOST_TEST((start_of(c, id) == 0U));
    c.write(id, "data", content, true);
    BOOST_TEST(c.wait(id).error() == "");
    BOOST_TEST(c.of(id).at("unchanged") == "");
    BOOST_TEST((read_file(server.in_root("b")) == content));
    BOOST_TEST(put("a", "x", R"(,"if_changed":true)").data("field") == R"("if_changed")");
}

BOOST_AUTO_TEST_CASE(a_key_that_may_not_look_learns_nothing) {
    server_setup how;
    how.with_keys = true;
    const test_server guarded(how);
    write_file(guarded.in_root("a"), "old");
    auto writer = guarded.connect("put");
    const auto asked = [&](const std::string& more) {
        const auto id = writer.call("put", params("a", more));
        return writer.wait(id).data("need");
    };
    BOOST_TEST(asked(R"(,"if_match":)" + json_text(digest_of("old"))) == R"("get")");
    BOOST_TEST(asked(R"(,"if_changed":true,"digest":)" + json_text(digest_of("old"))) == R"("get")");
}

BOOST_AUTO_TEST_CASE(an_interrupted_put_goes_on) {
    write_file(server.in_root("a"), "old");
    interrupt("a", content.substr(0, 500'000), resumable("t", content.size()));
    BOOST_TEST(read_file(server.in_root("a")) == "old");
    const auto [id, start] = go_on("a", resumable("t", content.size()));
    BOOST_TEST(start == 500'000U);
    BOOST_TEST(finish(id, start, content).at("digest") == json_text(digest_of(content)));
    BOOST_TEST((read_file(server.in_root("a")) == content));
    BOOST_TEST(server.files() == "a");
}

/// All of it had come, but its eof had not.
BOOST_AUTO_TEST_CASE(nothing_is_missing_but_the_end) {
    interrupt("a", content, resumable("t", content.size()));
    const auto [id, start] = go_on("a", resumable("t", content.size()));
    BOOST_TEST(start == content.size());
    c.write(id, "data", "", true);
    BOOST_TEST(c.wait(id).error() == "");
    BOOST_TEST((read_file(server.in_root("a")) == content));
    BOOST_TEST(server.files() == "a");
}

BOOST_AUTO_TEST_CASE(what_belongs_to_another_is_not_gone_on_with) {
    interrupt("a", content.substr(0, 500'000), resumable("t", content.size()));
    for (const auto& [path, more] :
         std::vector<std::pair<std::string, std::string>>{{"a", resumable("u", content.size())},
                                                          {"a", resumable("t", content.size() + 1)},
                                                          {"b", resumable("t", content.size())}}) {
        const auto [id, start] = go_on(path, more);
        BOOST_TEST(start == 0U);
        c.cancel(id);
        BOOST_TEST(c.wait(id).error() == "cancelled");
    }
    BOOST_TEST(go_on("a", resumable("t", content.size())).second == 500'000U);
}

BOOST_AUTO_TEST_CASE(another_key_does_not_go_on_with_it) {
    server_setup how;
    how.with_keys = true;
    const test_server guarded(how);
    const auto more = resumable("t", content.size());
    auto first = guarded.connect("put");
    const auto id = first.call("put", params("a", more));
    BOOST_TEST((start_of(first, id) == 0U));
    first.write(id, "data", content.substr(0, 500'000));
    while (kept_bytes(guarded) < 500'000) {
    }
    first.cancel(id);
    BOOST_TEST(first.wait(id).error() == "cancelled");
    auto other = guarded.connect("all");
    const auto others = other.call("put", params("a", more));
    BOOST_TEST((start_of(other, others) == 0U));
    const auto again = first.call("put", params("a", more));
    BOOST_TEST(start_of(first, again).value_or(0) > 0U);
}

/// What was kept is digested again: the whole decides.
BOOST_AUTO_TEST_CASE(what_was_tampered_with_is_never_stored) {
    write_file(server.in_root("a"), "old");
    interrupt("a", content.substr(0, 500'000), resumable("t", content.size()));
    auto other = content.substr(0, 500'000);
    other[77] ^= 1;
    write_file(kept().string(), other);
    const auto [id, start] = go_on("a", resumable("t", content.size()));
    BOOST_TEST(start == 500'000U);
    data_at(c, id, start, content.substr(start), R"(,"eof":true,"digest":)" + json_text(digest_of(content)));
    BOOST_TEST(c.wait(id).error() == "digest_mismatch");
    BOOST_TEST(read_file(server.in_root("a")) == "old");
    BOOST_TEST(server.files() == "a");
    BOOST_TEST(go_on("a", resumable("t", content.size())).second == 0U);
}

/// A file that others can write to, or have a second name for, is not ours.
BOOST_AUTO_TEST_CASE(what_another_user_could_have_made_is_refused) {
    interrupt("a", content.substr(0, 500'000), resumable("t", content.size()));
    const auto part = kept();
    BOOST_TEST_REQUIRE(!go_on("a", resumable("u", content.size())).second); // the one before is over
    fs::permissions(part, fs::perms(0666));
    BOOST_TEST(c.ask("put", params("a", resumable("t", content.size()))).error() == "io_error");
    fs::permissions(part, fs::perms(0600));
    fs::create_hard_link(part, server.in_root("second"));
    BOOST_TEST(c.ask("put", params("a", resumable("t", content.size()))).error() == "io_error");
    BOOST_TEST(fs::file_size(server.in_root("second")) == 500'000U);
}

BOOST_AUTO_TEST_CASE(two_at_once) {
    const auto first = c.call("put", params("a", resumable("t", content.size())));
    BOOST_TEST((start_of(c, first) == 0U));
    c.write(first, "data", content.substr(0, 100'000));
    auto other = server.connect();
    BOOST_TEST(other.ask("put", params("a", resumable("t", content.size()))).error() == "busy");
    c.write(first, "data", content.substr(100'000), true);
    BOOST_TEST(c.wait(first).error() == "");
    BOOST_TEST((read_file(server.in_root("a")) == content));
}

BOOST_AUTO_TEST_CASE(what_is_kept_is_no_file) {
    interrupt("a", content.substr(0, 500'000), resumable("t", content.size()));
    const auto name = kept().filename().string();
    BOOST_TEST(put(name, "x").data("field") == R"("path")");
    const auto id = c.call("file.list", R"({"path":"/","recursive":true})");
    BOOST_TEST(c.wait(id).text("entries").find(".part") == std::string::npos);
    // A little of one is not worth keeping.
    const auto few = c.call("put", params("b", resumable("u", 1'000)));
    BOOST_TEST((start_of(c, few) == 0U));
    c.write(few, "data", "few");
    c.cancel(few);
    BOOST_TEST(c.wait(few).error() == "cancelled");
    BOOST_TEST(server.files() == name);
}

/// Wherever the disk is full: the old file whole, and no room taken by what is of no use.
BOOST_AUTO_TEST_CASE(a_full_disk) {
    fs::create_directory(server.in_root("d"));
    for (const auto* size : {"size=64k", "size=100k", "size=300k", "size=420k", "size=800k", "size=880k"}) {
        const auto disk = mounted::tmpfs(server.in_root("d"), size);
        if (!disk.done()) return;
        write_file(server.in_root("d/a"), "old");
        const auto id = c.call("put", params("d/a", resumable("t", content.size())));
        BOOST_TEST((start_of(c, id) == 0U));
        c.write(id, "data", content, true);
        BOOST_TEST(c.wait(id).error() == "no_space");
        BOOST_TEST(read_file(server.in_root("d/a")) == "old");
        BOOST_TEST(server.files() == "d d/a");
    }
}

/// What does not come is as it was.
BOOST_AUTO_TEST_CASE(a_delta) {
    auto now = content;
    const auto sent = [&](std::size_t size, const std::vector<std::uint64_t>& places, std::string_view end = "") {
        write_file(server.in_root("a"), content);
        const auto id = c.call("put", params("a", R"(,"durable":false,"size":)" + std::to_string(size) +
                                                      R"(,"delta":)" + json_text(digest_of(content))));
        for (const auto place : places) data_at(c, id, place, "changed");
        c.note("rpc.data",
               R"({"call":)" + std::to_string(id) + R"(,"stream":"data","eof":true)" + std::string(end) + "}");
        return c.wait(id);
    };
    now.replace(5, 7, "changed").replace(500'000, 7, "changed");
    BOOST_TEST(sent(content.size(), {5, 500'000}).at("digest") == json_text(digest_of(now)));
    BOOST_TEST((read_file(server.in_root("a")) == now));
    now = content.substr(0, 1'000).replace(993, 7, "changed");
    BOOST_TEST(sent(1'000, {993}).at("digest") == json_text(digest_of(now)));
    BOOST_TEST((read_file(server.in_root("a")) == now));
    now = content + std::string(3, '\0') + "changed";
    BOOST_TEST(sent(content.size() + 10, {content.size() + 3}).at("digest") == json_text(digest_of(now)));
    BOOST_TEST((read_file(server.in_root("a")) == now));
    BOOST_TEST(sent(content.size(), {}).at("digest") == json_text(digest_of(content)));

    BOOST_TEST(sent(content.size(), {500'000, 5}).data("field") == R"("offset")");
    BOOST_TEST(sent(1'000, {994}).error() == "size_mismatch");
    BOOST_TEST(sent(content.size(), {5}, R"(,"digest":)" + json_text(digest_of(content))).error() == "digest_mismatch");
    BOOST_TEST((read_file(server.in_root("a")) == content));
    BOOST_TEST(server.files() == "a");
    write_file(server.in_root("a"), "other");
    const auto delta = R"(,"size":5,"delta":)" + json_text(digest_of(content));
    BOOST_TEST(put("a", "x", delta).error() == "precondition_failed");
    BOOST_TEST(put("b", "x", delta).error() == "precondition_failed");
    BOOST_TEST(put("a", "x", delta + R"(,"in_place":true)").data("field") == R"("delta")");
    BOOST_TEST(put("a", "x", delta + R"(,"resume":"t")").data("field") == R"("delta")");
    BOOST_TEST(read_file(server.in_root("a")) == "other");
}

BOOST_AUTO_TEST_CASE(holes_stay_holes) {
    constexpr std::uint64_t size = 40'000'000;
    const auto id = c.call("put", params("a", R"(,"size":40000000,"durable":false)"));
    data_at(c, id, 10'000'000, "in the middle");
    data_at(c, id, size, "", R"(,"eof":true)");
    std::string whole(size, '\0');
    whole.replace(10'000'000, 13, "in the middle");
    BOOST_TEST(c.wait(id).at("digest") == json_text(digest_of(whole)));
    BOOST_TEST((read_file(server.in_root("a")) == whole));
    struct stat st{};
    BOOST_REQUIRE(::stat(server.in_root("a").c_str(), &st) == 0);
    BOOST_TEST(st.st_blocks * 512 < 1'000'000);
}

BOOST_AUTO_TEST_CASE(offsets_that_make_no_sense) {
    const auto refused = [&](std::string_view more, std::uint64_t at, std::string_view end = "") {
        const auto id = c.call("put", params("a", more));
        c.write(id, "data", "12345");
        data_at(c, id, at, "x", end);
        if (end.empty()) c.write(id, "data", "", true);
        return c.wait(id).error();
    };
    BOOST_TEST(refused("", 3) == "invalid_params");
    BOOST_TEST(refused(R"(,"size":10)", 11) == "size_mismatch");
    BOOST_TEST(refused(R"(,"size":10)", 1'000'000'000'000) == "size_mismatch");
    write_file(server.in_root("a"), "old");
    BOOST_TEST(refused(R"(,"in_place":true)", 7) == "invalid_params");
    BOOST_TEST(put("a", "x", R"(,"resume":"t")").data("field") == R"("resume")"); // of what size?
    BOOST_TEST(put("a", "x", R"(,"resume":"../t","size":1)").data("field") == R"("resume")");
    BOOST_TEST(put("a", "x", R"(,"resume":"t","size":1,"in_place":true)").data("field") == R"("resume")");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
