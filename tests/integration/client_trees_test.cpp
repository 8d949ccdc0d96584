#include "support/fake_server.hpp"
#include "support/sample_tree.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include <tug/proto/digest.hpp>

#include <boost/asio/this_coro.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

/// Lets a client that is connected do something.
void with_client(const test_server& server, std::function<asio::awaitable<void>(client&)> use) {
    run([&]() -> asio::awaitable<void> {
        auto on = co_await client::connect(server.address());
        co_await use(on);
    });
}

std::size_t count_of(const fs::path& directory) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

BOOST_AUTO_TEST_SUITE(client_trees_test)

BOOST_AUTO_TEST_CASE(there_and_back) {
    const test_server server;
    const temp_dir here;
    const fs::path tree = here / "tree";
    fs::create_directory(tree);
    make_sample_tree(tree);
    const auto expected = picture(tree);
    with_client(server, [&](client& on) -> asio::awaitable<void> {
        std::uint64_t told = 0;
        tree_amount done;
        const auto tell = [&](const tree_progress& p) {
            told = p.bytes;
            done = p.done;
        };
        auto how = tree_options().on_progress(tell);
        const auto put = co_await on.put_tree(tree, "copy", std::move(how));
        BOOST_TEST((picture(server.in_root("copy")) == expected));
        BOOST_TEST(put.files == 7U);
        BOOST_TEST(put.symlinks == 3U);
        BOOST_TEST(put.directories == 6U);
        BOOST_TEST(told > put.bytes);
        BOOST_TEST(done.files == 12U); // names of files, and symlinks
        BOOST_TEST(done.bytes >= put.bytes);
        const auto got = co_await on.get_tree("copy", here / "back");
        BOOST_TEST((picture(here / "back") == expected));
        BOOST_TEST(got.files == put.files);
        BOOST_TEST(got.bytes == put.bytes);
        BOOST_TEST(got.digest == put.digest);
        done = {};
        auto fetch = tree_options().on_progress(tell);
        static_cast<void>(co_await on.get_tree("copy", here / "told", std::move(fetch)));
        BOOST_TEST(done.files == 12U);
        BOOST_TEST((picture(here / "told") == expected));
        // Over what is there.
        static_cast<void>(co_await on.put_tree(tree, "copy"));
        BOOST_TEST((picture(server.in_root("copy")) == expected));
    });
    BOOST_TEST(count_of(server.in_root("")) == 1U);
}

BOOST_AUTO_TEST_CASE(where_a_tree_goes) {
    const test_server server;
    const temp_dir here;
    fs::create_directory(here / "tree");
    write_text(here / "tree/a", "a");
    fs::create_directory(server.in_root("there"));
    write_text(server.in_root("file"), "");
    with_client(server, [&](client& on) -> asio::awaitable<void> {
        const auto put = [&](std::string to, tree_options how) {
            return error_of(on.put_tree(here / "tree", std::move(to), std::move(how)));
        };
        BOOST_TEST((co_await put("there", tree_options().into("tree"))) == errc::success);
        BOOST_TEST(content(server.in_root("there/tree/a")) == "a");
        BOOST_TEST((co_await put("new", tree_options().into("tree"))) == errc::success);
        BOOST_TEST(content(server.in_root("new/a")) == "a");
        BOOST_TEST((co_await put("no/way", tree_options())) == errc::not_found);
        BOOST_TEST((co_await put("no/", tree_options().into("tree"))) == errc::not_found);
        BOOST_TEST((co_await put("no/way", tree_options().make_parents())) == errc::success);
        BOOST_TEST((co_await put("new", tree_options().mode(tree_mode::fresh))) == errc::already_exists);
        BOOST_TEST((co_await put("file", tree_options())) == errc::already_exists);
        BOOST_TEST((co_await put("file", tree_options().mode(tree_mode::replace))) == errc::already_exists);
        BOOST_TEST((co_await put("../x", tree_options())) == errc::path_denied);
        BOOST_TEST((co_await put("there", tree_options().into("../x"))) == errc::invalid_params);
        write_text(server.in_root("new/old"), "");
        BOOST_TEST((co_await put("new", tree_options().mode(tree_mode::replace))) == errc::success);
        BOOST_TEST(!fs::exists(server.in_root("new/old")));
        BOOST_TEST((co_await error_of(on.put_tree(here / "tree/a", "x"))) == errc::local_io);
        BOOST_TEST((co_await error_of(on.get_tree("file", here / "x"))) == errc::not_found);
        BOOST_TEST((co_await error_of(on.get_tree("nothing", here / "x"))) == errc::not_found);
    });
    BOOST_TEST(count_of(server.in_root("")) == 4U);
    BOOST_TEST(count_of(here.path()) == 1U);
}

/// Both ways: only what differs crosses, and in the end both are the same.
BOOST_AUTO_TEST_CASE(what_differs) {
    const test_server server;
    const temp_dir here;
    const fs::path tree = here / "tree";
    fs::create_directory(tree);
    make_sample_tree(tree);
    fs::create_directory(tree / "cache");
    write_text(tree / "cache" / "x", "not carried");
    with_client(server, [&](client& on) -> asio::awaitable<void> {
        const auto differing = [](tree_compare by) { return tree_options().compare(by).remove().exclude("cache/"); };
        const auto first = co_await on.put_tree(tree, "copy", differing(tree_compare::times));
        BOOST_TEST(first.files == 7U);
        BOOST_TEST(!fs::exists(server.in_root("copy/cache")));
        const auto second = co_await on.put_tree(tree, "copy", differing(tree_compare::times));
        BOOST_TEST(second.files == 0U);
        BOOST_TEST(second.unchanged == 12U);
        BOOST_TEST(second.removed == 0U);
        // The other way.
        write_text(server.in_root("copy/program"), "#!/bin/sh");
        fs::remove_all(server.in_root("copy/a b\n"));
        auto try_it = differing(tree_compare::times);
        try_it.dry_run();
        const auto planned = co_await on.get_tree("copy", tree, std::move(try_it));
        BOOST_TEST(planned.files == 1U);
        BOOST_TEST(planned.removed == 1U);
        BOOST_TEST(fs::exists(tree / "a b\n"));
        const auto back = co_await on.get_tree("copy", tree, differing(tree_compare::times));
        BOOST_TEST(back.files == 1U);
        BOOST_TEST(back.removed == 1U);
        BOOST_TEST(content(tree / "program") == "#!/bin/sh");
        BOOST_TEST(content(tree / "cache" / "x") == "not carried");
        fs::remove_all(tree / "cache");
        set_time(tree, 1, 1);
        set_time(server.in_root("copy"), 1, 1);
        BOOST_TEST((picture(tree) == picture(server.in_root("copy"))));
        // The same size and time, and other content.
        write_text(tree / "program", "#!/bin/zz");
        set_time(tree / "program", 5, 5);
        set_time(server.in_root("copy/program"), 5, 5);
        const auto times = co_await on.put_tree(tree, "copy", differing(tree_compare::times));
        BOOST_TEST(times.files == 0U);
        const auto digests = co_await on.put_tree(tree, "copy", differing(tree_compare::digests));
        BOOST_TEST(digests.files == 1U);
        BOOST_TEST(content(server.in_root("copy/program")) == "#!/bin/zz");
    });
}

// --- a hostile server ---

/// What a get of a tree ends with where the server sends these entries.
errc outcome(const std::string& stream, const std::string& to, const std::string& other_digest = "") {
    errc ended = errc::success;
    run([&]() -> asio::awaitable<void> {
        proto::hasher hasher(proto::digest_kind::xxh3_128);
        hasher.update(std::as_bytes(std::span(stream)));
        const auto digest = other_digest.empty() ? hasher.finish().to_string() : other_digest;
        const fake_server::script says = [&](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive("tree.get");
            co_await peer.data("data", stream, true);
            co_await peer.result(R"({"files":0,"directories":0,"symlinks":0,"bytes":0,"unchanged":0,"removed":0,)"
                                 R"("skipped":0,"changed":0,"digest":")" +
                                 digest + "\"}");
            co_await peer.until_closed();
        };
        fake_server server(co_await asio::this_coro::executor, says);
        {
            auto on = co_await client::connect(server.address());
            ended = co_await error_of(on.get_tree("x", to));
        }
        co_await server.stop();
    });
    return ended;
}

/// What is the same is not sent, also where the new tree takes the place of the old one; both ways.
BOOST_AUTO_TEST_CASE(a_new_tree_takes_from_the_old_one) {
    const test_server server;
    const temp_dir here;
    const fs::path tree = here / "tree";
    fs::create_directory(tree);
    make_sample_tree(tree);
    write_text(tree / "large", std::string(3'000'000, 'l'));
    for (const auto* twin : {"twin1", "twin2"}) {
        write_text(tree / twin, "alike");
        set_time(tree / twin, 7, 7);
    }
    const auto expected = picture(tree);
    const auto inode = [](const fs::path& path) {
        struct stat st{};
        BOOST_REQUIRE(::stat(path.c_str(), &st) == 0);
        return st.st_ino;
    };
    const auto spoil = [](const fs::path& top) {
        write_text(top / "b" / "file", "another"); // two more names have it
        write_text(top / "extra", "not in the new one");
        ::chmod((top / "program").c_str(), 0700); // the same content
        fs::remove(top / "twin2");
        fs::create_hard_link(top / "twin1", top / "twin2");
        fs::remove(top / "dangling");
        fs::create_directory(top / "dangling");
    };
    with_client(server, [&](client& on) -> asio::awaitable<void> {
        const auto whole = [](tree_compare by) { return tree_options().mode(tree_mode::replace).compare(by); };
        static_cast<void>(co_await on.put_tree(tree, "copy", whole(tree_compare::times)));
        for (const auto by : {tree_compare::times, tree_compare::digests}) {
            spoil(server.in_root("copy"));
            const auto before = inode(server.in_root("copy/large"));
            std::uint64_t passed = 0;
            auto how = whole(by).on_progress([&](const tree_progress& p) { passed = p.bytes; });
            const auto put = co_await on.put_tree(tree, "copy", std::move(how));
            BOOST_TEST((picture(server.in_root("copy")) == expected));
            BOOST_TEST(inode(server.in_root("copy/large")) == before);
            BOOST_TEST(put.removed == 2U);
            BOOST_TEST(passed < 400'000U);
            spoil(tree);
            const auto mine = inode(tree / "large");
            const auto got = co_await on.get_tree("copy", tree, whole(by));
            BOOST_TEST((picture(tree) == expected));
            BOOST_TEST(inode(tree / "large") == mine);
            BOOST_TEST(got.removed == 2U);
            BOOST_TEST(got.unchanged == put.unchanged);
        }
    });
    BOOST_TEST(count_of(server.in_root("")) == 1U);
    BOOST_TEST(count_of(here.path()) == 1U);
}

BOOST_AUTO_TEST_CASE(a_hostile_server_writes_nothing_outside) {
    const std::string link = record(R"({"path":"a","type":"symlink","target":".."})");
    const std::vector<std::pair<std::string, errc>> cases{
        {record(R"({"path":"../x","type":"file","size":1})", "x"), errc::path_denied},
        {record(R"({"path":"/x","type":"file","size":1})", "x"), errc::path_denied},
        {link + record(R"({"path":"a/x","type":"file","size":1})", "x"), errc::path_denied},
        {link + link, errc::invalid_params},
        {record(R"({"path":"a","type":"file","size":1,"mode":2541})", "x"), errc::invalid_params},
        {record(R"({"path":"a","type":"file","size":2})", "x"), errc::size_mismatch},
        {record(R"({"path":"a","type":"file","link":"../kept"})"), errc::path_denied},
        {record(R"({"path":"kept","absent":true})"), errc::invalid_params},
        {record("{").substr(0, 5), errc::invalid_params},
    };
    for (const auto& [stream, expected] : cases) {
        const temp_dir here;
        write_text(here / "kept", "kept");
        BOOST_TEST(outcome(stream, here / "tree") == expected, stream);
        BOOST_TEST(count_of(here.path()) == 1U, stream);
        // Also into what is there.
        fs::create_directory(here / "there");
        BOOST_TEST(outcome(stream, here / "there") == expected, stream);
        BOOST_TEST(count_of(here.path()) == 2U, stream);
        BOOST_TEST(content(here / "kept") == "kept");
    }
}

BOOST_AUTO_TEST_CASE(a_good_server_does) {
    const temp_dir here;
    const auto other = record(R"({"path":"a","type":"file","size":1})", "x");
    BOOST_TEST(outcome(other, here / "tree", "xxh3-128:99aa06d3014798d86001c324468d497f") == errc::digest_mismatch);
    BOOST_TEST(count_of(here.path()) == 0U);
    const auto fifo = record(R"({"path":"b","type":"fifo"})");
    BOOST_TEST(outcome(record(R"({"path":"a","type":"file","size":1,"mode":420})", "x") + fifo, here / "tree") ==
               errc::success);
    BOOST_TEST(content(here / "tree/a") == "x");
    BOOST_TEST(count_of(here / "tree") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
