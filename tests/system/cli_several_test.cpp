// put and get of several sources, of patterns, and of the files that a list names.

#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <string>

using namespace tug::test;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(cli_several, tugd_fixture)

BOOST_AUTO_TEST_CASE(several_sources) {
    write_file(local / "a", "a");
    write_file(local / "b", "b");
    fs::create_directories(local / "tree/sub");
    fs::create_directory(in_root("d"));
    check_output(tug({"put", local / "a", local / "b", local / "tree", ":d"}), "");
    BOOST_TEST(read_file(in_root("d/a")) == "a");
    BOOST_TEST(read_file(in_root("d/b")) == "b");
    BOOST_TEST(fs::is_directory(in_root("d/tree/sub")));
    fs::create_directory(local / "back");
    check_output(tug({"get", "--sha256", ":d/a", ":d/tree", local / "back"}), "");
    BOOST_TEST(read_file(local / "back/a") == "a");
    BOOST_TEST(fs::is_directory(local / "back/tree/sub"));
    check_output(tug({"get", ":d/[b-z]", local / "back"}), "");
    BOOST_TEST(read_file(local / "back/b") == "b");
    check_failed(tug({"get", ":d/*.none", local / "back"}), 1, "not_found");
    check_failed(tug({"put", local / "a", local / "b", ":nothing"}), 2, "no directory");
    check_failed(tug({"put", local / "a", ":b", ":d"}), 2, "is on a host");
    check_failed(tug({"get", ":a", local / "b", local / "back"}), 2, "is on no host");
    check_failed(tug({"put", "--mode", "0600", local / "a", local / "b", ":d"}), 2, "one file alone");
    // What scp, cp and rsync are told is done in any case.
    check_output(tug({"put", "-r", local / "tree", ":e"}), "");
    check_output(tug({"get", "-rp", ":e", local / "e"}), "");
    check_output(tug({"cp", "-a", local / "tree", ":e"}), "");
    check_output(tug({"sync", "-rlpt", "--delete", local / "tree", ":e"}), "");
    BOOST_TEST(fs::is_directory(local / "e/sub"));
    BOOST_TEST(fs::is_directory(in_root("e/sub")));
    BOOST_TEST(!fs::exists(in_root("e/tree")));
    // A name that only looks like a pattern.
    write_file(in_root("d/x*"), "star");
    write_file(in_root("d/xy"), "other");
    check_output(tug({"get", ":d/x*", local / "star"}), "");
    BOOST_TEST(read_file(local / "star") == "star");
}

BOOST_AUTO_TEST_CASE(files_of_a_list) {
    std::string list;
    for (int i = 0; i < 500; ++i) {
        const auto name = "s" + std::to_string(i % 7) + "/" + std::to_string(i);
        fs::create_directories(fs::path(local / name).parent_path());
        write_file(local / name, std::to_string(i));
        list += name + "\n";
    }
    ::chmod((local / "s3/3").c_str(), 0750);
    write_file(local / "list", list);
    const auto said = json_of(tug({"--json", "put", "--files-from", local / "list", local.path(), ":d"}));
    BOOST_TEST(said.at("files").to_number<int>() == 500);
    for (int i = 0; i < 500; ++i)
        BOOST_TEST(read_file(in_root("d/s" + std::to_string(i % 7) + "/" + std::to_string(i))) == std::to_string(i));
    struct stat st{};
    BOOST_REQUIRE(::stat(in_root("d/s3/3").c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 0777U) == 0750U);
    write_file(local / "new\nline", "odd");
    fs::create_directory(local / "empty");
    const std::string nul("new\nline\0\0empty\0s1/1", 21);
    check_output(tug({"put", "-0", "--files-from", "-", local.path(), ":e"}, nul), "");
    BOOST_TEST(read_file(in_root("e/new\nline")) == "odd");
    BOOST_TEST(fs::is_directory(in_root("e/empty")));
    BOOST_TEST(read_file(in_root("e/s1/1")) == "1");
}

BOOST_AUTO_TEST_CASE(what_a_list_names_wrongly) {
    fs::create_directory(local / "in");
    write_file(local / "in/a", "a");
    write_file(local / "out", "out");
    const auto some =
        tug({"put", "--files-from", "-", local / "in", ":d"}, "../out\nnothing\n" + local / "out" + "\na\n");
    BOOST_TEST(some.exit_code == 1);
    BOOST_TEST(contains(some.err, "'../out' leads out"), some.err);
    BOOST_TEST(contains(some.err, "nothing"), some.err);
    BOOST_TEST(read_file(in_root("d/a")) == "a");
    BOOST_TEST(!fs::exists(in_root("out")));
    BOOST_TEST(!fs::exists(in_root("d/out")));
    check_failed(tug({"put", "--files-from", "-", local / "out", ":d"}), 2, "is no directory");
    check_failed(tug({"put", "--files-from", local / "none", local / "in", ":d"}), 1, "cannot be opened");
}

BOOST_AUTO_TEST_SUITE_END()
