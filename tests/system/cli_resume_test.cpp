// tug put and tug get whose connection, or one of whose sides, goes away in the middle.

#include "support/cli_checks.hpp"
#include "support/cut_link.hpp"
#include "support/tugd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace tug::test;
namespace fs = std::filesystem;

namespace {

/// Large enough to be resumed.
std::string pattern(std::size_t size = 6'000'000) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761U) >> 13);
    return bytes;
}

std::size_t names_in(const fs::path& directory) {
    const fs::directory_iterator all(directory);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Waits until an interrupted transfer would leave so much in the directory.
void await_partial(const fs::path& directory, std::uint64_t bytes) {
    for (std::uint64_t size = 0; size < bytes;) {
        std::error_code gone;
        for (const auto& entry : fs::directory_iterator(directory))
            if (entry.path().extension() == ".part") size = fs::file_size(entry.path(), gone);
        if (gone) size = 0;
    }
}

/// A path of the host behind the link.
std::string on(const cut_link& link, std::string_view path) {
    return "tug://" + link.address() + "/" + std::string(path);
}

const std::string slow = "--limit-rate=2M";

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_resume, tugd_fixture)

BOOST_AUTO_TEST_CASE(a_lost_connection_is_made_again) {
    const auto bytes = pattern();
    write_file(local / "in", bytes);
    {
        const cut_link link(daemon.address(), cut_link::way::to_server, 3'000'000, 2);
        const auto put = tug({"put", "--json", local / "in", on(link, "file")});
        BOOST_TEST(put.exit_code == 0, put.err);
        BOOST_TEST(contains(put.err, "tug: connection_lost: trying again in 1 s (1 of 5), from where it was\n"),
                   put.err);
        BOOST_TEST(json_of(put).at("resumed_at").to_number<std::uint64_t>() > 1'000'000U);
        BOOST_TEST((read_file(in_root("file")) == bytes));
        BOOST_TEST(link.passed(cut_link::way::to_server) <
                   2 * bytes.size()); // what a reset loses is sent again, and no more
    }
    const cut_link link(daemon.address(), cut_link::way::to_client, 3'000'000);
    const auto get = tug({"get", "-q", "--json", on(link, "file"), local / "out"});
    BOOST_TEST(get.exit_code == 0, get.err);
    BOOST_TEST(get.err == "");
    BOOST_TEST(json_of(get).at("resumed_at").to_number<std::uint64_t>() > 1'000'000U);
    BOOST_TEST((read_file(local / "out") == bytes));
    BOOST_TEST(names_in(fs::path(in_root(""))) == 1U);
}

/// cp does as put and get do, with either side here, and between two hosts from the beginning.
BOOST_AUTO_TEST_CASE(copies_whose_connection_is_lost) {
    const auto bytes = pattern();
    write_file(local / "in", bytes);
    {
        const cut_link link(daemon.address(), cut_link::way::to_server, 3'000'000, 2);
        const auto put = tug({"cp", local / "in", on(link, "file")});
        BOOST_TEST(put.exit_code == 0, put.err);
        BOOST_TEST(contains(put.err, "trying again in 1 s (1 of 5)"), put.err);
        BOOST_TEST((read_file(in_root("file")) == bytes));
        BOOST_TEST(link.passed(cut_link::way::to_server) <
                   2 * bytes.size()); // what a reset loses is sent again, and no more
    }
    {
        const cut_link link(daemon.address(), cut_link::way::to_client, 3'000'000);
        const auto get = tug({"cp", "-q", on(link, "file"), local / "out"});
        BOOST_TEST(get.exit_code == 0, get.err);
        BOOST_TEST((read_file(local / "out") == bytes));
        BOOST_TEST(link.passed(cut_link::way::to_client) < 8'500'000U);
    }
    fs::create_directory(in_root("dir"));
    write_file(in_root("dir/a"), bytes);
    {
        const cut_link link(daemon.address(), cut_link::way::to_client, 3'000'000);
        const auto get = tug({"cp", "-q", on(link, "dir"), local / "tree"});
        BOOST_TEST(get.exit_code == 0, get.err);
        BOOST_TEST((read_file(local / "tree/a") == bytes));
    }
    {
        const cut_link link(daemon.address(), cut_link::way::to_client, 3'000'000);
        const auto relayed = tug({"cp", "-q", on(link, "file"), "tug://" + daemon.address() + "/other"});
        BOOST_TEST(relayed.exit_code == 0, relayed.err);
        BOOST_TEST((read_file(in_root("other")) == bytes));
    }
    const cut_link link(daemon.address(), cut_link::way::to_server, 1'000'000, 9);
    check_failed(tug({"cp", "--retries=0", local / "in", on(link, "new")}), 1, "connection_lost");
    BOOST_TEST(!fs::exists(in_root("new")));
}

/// What was written to a pipe cannot be taken back.
BOOST_AUTO_TEST_CASE(a_stream_is_begun_again_while_nothing_is_written) {
    write_file(in_root("empty"), "");
    std::uint64_t whole = 0;
    {
        const cut_link link(daemon.address(), cut_link::way::to_client, 1'000'000);
        BOOST_TEST(tug({"get", on(link, "empty"), "-"}).exit_code == 0);
        whole = link.passed(cut_link::way::to_client);
    }
    const cut_link in_answer(daemon.address(), cut_link::way::to_client, whole - 40);
    const auto again = tug({"get", on(in_answer, "empty"), "-"});
    BOOST_TEST(again.exit_code == 0, again.err);
    BOOST_TEST(contains(again.err, "trying again in 1 s (1 of 5)"), again.err);

    const auto bytes = pattern();
    write_file(in_root("file"), bytes);
    const cut_link in_file(daemon.address(), cut_link::way::to_client, 3'000'000);
    const auto cut = tug({"get", on(in_file, "file"), "-"});
    BOOST_TEST(cut.exit_code == 1);
    BOOST_TEST(contains(cut.err, "tug: connection_lost"), cut.err);
    BOOST_TEST(!contains(cut.err, "trying again"), cut.err);
    BOOST_TEST((!cut.out.empty() && bytes.starts_with(cut.out)));
}

BOOST_AUTO_TEST_CASE(not_more_often_than_it_may) {
    write_file(local / "in", pattern());
    const cut_link link(daemon.address(), cut_link::way::to_server, 1'000'000, 9);
    check_failed(tug({"put", "--retries=0", local / "in", on(link, "file")}), 1, "connection_lost");
    // Where a lost answer may have been a success.
    for (const auto* once : {"--no-overwrite", "--if-match=absent"})
        check_failed(tug({"put", once, local / "in", on(link, "file")}), 1, "connection_lost");
    const auto twice = tug({"put", "--retries=1", local / "in", on(link, "file")});
    BOOST_TEST(twice.exit_code == 1);
    BOOST_TEST(contains(twice.err, "(1 of 1)"));
    BOOST_TEST(!fs::exists(in_root("file")));
}

BOOST_AUTO_TEST_CASE(a_killed_tug_is_gone_on_with) {
    const auto bytes = pattern();
    write_file(local / "in", bytes);
    {
        auto killed = start_tug({"put", slow, local / "in", ":file"});
        await_partial(in_root(""), 1'000'000);
        killed.signal(SIGKILL);
        killed.wait();
    }
    const auto put = tug({"put", "--json", local / "in", ":file"});
    BOOST_TEST(put.exit_code == 0, put.err);
    BOOST_TEST(json_of(put).at("resumed_at").to_number<std::uint64_t>() > 500'000U);
    BOOST_TEST((read_file(in_root("file")) == bytes));
    fs::create_directory(local / "to");
    {
        auto killed = start_tug({"get", slow, ":file", local / "to/out"});
        await_partial(local / "to", 1'000'000);
        killed.signal(SIGKILL);
        killed.wait();
    }
    const auto get = tug({"get", "--json", ":file", local / "to/out"});
    BOOST_TEST(get.exit_code == 0, get.err);
    BOOST_TEST(json_of(get).at("resumed_at").to_number<std::uint64_t>() > 500'000U);
    BOOST_TEST((read_file(local / "to/out") == bytes));
    BOOST_TEST(names_in(local / "to") == 1U);
}

BOOST_AUTO_TEST_CASE(a_killed_tugd_is_waited_for) {
    const temp_dir root;
    const temp_dir run_dir;
    const auto socket_path = run_dir / "socket";
    const std::vector<std::string> arguments{"--no-auth", "--listen", "unix:" + socket_path, "--root", root.path()};
    std::optional<tugd_process> server(std::in_place, arguments);
    const auto bytes = pattern();
    write_file(local / "in", bytes);
    program put({"tug", "put", "--unix", socket_path, slow, local / "in", ":file"});
    await_partial(root.path(), 1'000'000);
    server->it().signal(SIGKILL);
    server->it().wait();
    put.await_err("trying again");
    server.emplace(arguments);
    BOOST_TEST(put.wait() == 0);
    BOOST_TEST((read_file(root / "file") == bytes));
    BOOST_TEST(names_in(root.path()) == 1U);
}

/// What is there already of a directory is not sent again.
BOOST_AUTO_TEST_CASE(a_directory_goes_on_too) {
    const auto bytes = pattern(700'000);
    fs::create_directory(local / "dir");
    fs::create_directories(in_root("dir"));
    for (const auto* name : {"1", "2", "3", "4", "5", "6", "7", "8"})
        write_file(local / (std::string("dir/") + name), bytes + name);
    const auto is_same = [&](const std::string& other) {
        for (const auto& entry : fs::directory_iterator(local / "dir"))
            if (read_file(entry.path()) != read_file(other + "/" + entry.path().filename().string())) return false;
        return names_in(other) == 8;
    };
    {
        const cut_link link(daemon.address(), cut_link::way::to_server, 4'000'000);
        const auto put = tug({"put", local / "dir", on(link, "")});
        BOOST_TEST(put.exit_code == 0, put.err);
        BOOST_TEST(contains(put.err, "trying again"), put.err);
        BOOST_TEST(is_same(in_root("dir")));
        BOOST_TEST(link.passed(cut_link::way::to_server) < 7'500'000U);
    }
    fs::create_directory(local / "to");
    const cut_link link(daemon.address(), cut_link::way::to_client, 4'000'000);
    const auto sync = tug({"sync", "--limit-rate=50M", on(link, "dir"), local / "to"});
    BOOST_TEST(sync.exit_code == 0, sync.err);
    BOOST_TEST(is_same(local / "to"));
    BOOST_TEST(link.passed(cut_link::way::to_client) < 7'500'000U);
}

BOOST_AUTO_TEST_CASE(only_what_has_changed_is_sent) {
    write_file(local / "in", pattern(100'000));
    BOOST_TEST(tug({"put", "--update", local / "in", ":file"}).exit_code == 0);
    const auto again = tug({"put", "-v", "--update", local / "in", ":file"});
    BOOST_TEST(again.err == "put: unchanged, no bytes needed\n");
    const auto got = tug({"get", "--json", "--if-changed", ":file", local / "in"});
    BOOST_TEST(json_of(got).at("unchanged").as_bool());
    const auto digest = std::string(json_of(got).at("digest").as_string());
    BOOST_TEST(tug({"put", "--if-match", digest, local / "in", ":file"}).exit_code == 0);
    write_file(in_root("file"), "other");
    check_failed(tug({"put", "--if-match", digest, local / "in", ":file"}), 1, "precondition_failed");
    check_failed(tug({"put", "--if-match", "absent", local / "in", ":file"}), 1, "precondition_failed");
    BOOST_TEST(read_file(in_root("file")) == "other");
}

BOOST_AUTO_TEST_SUITE_END()
