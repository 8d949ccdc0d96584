// The root that a call sees is what its path names at that time: never a directory that is out of sight or gone.

#include "support/mounted.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace {

using namespace tug::test;
namespace fs = std::filesystem;

struct moved {
    temp_dir host;
    fs::path root = host.path() / "root";
    bool made = fs::create_directory(root);
    test_server server{{.adjust = [this](auto& o) { o.root = root.string(); }}};
    raw_client c = server.connect();

    const received_call& put(std::string_view path) {
        const auto id = c.call("put", R"({"path":)" + json_text(path) + "}");
        c.write(id, "data", "stored", true);
        return c.wait(id);
    }

    const received_call& get(std::string_view path) { return c.ask("get", R"({"path":)" + json_text(path) + "}"); }

    const received_call& run(std::string_view more = "") {
        return c.ask("exec", R"({"argv":["/bin/pwd","-P"])" + std::string(more) + "}");
    }

    void check_missing(const received_call& answer, std::string_view why) {
        BOOST_TEST(answer.error() == "io_error");
        BOOST_TEST(answer.data("errno") == json_text(why));
        const auto error = boost::json::serialize(answer.answer->at("error"));
        BOOST_TEST(error.find("the root directory of tugd") != std::string::npos);
        BOOST_TEST(error.find(host.path().string()) == std::string::npos);
    }
};

BOOST_FIXTURE_TEST_SUITE(server_root_test, moved)

BOOST_AUTO_TEST_CASE(renamed_and_made_again) {
    BOOST_TEST(put("a").error() == "");
    fs::rename(root, host.path() / "old");
    fs::create_directory(root);
    BOOST_TEST(get("a").error() == "not_found");
    BOOST_TEST(put("b").error() == "");
    BOOST_TEST(read_file(root / "b") == "stored");
    BOOST_TEST(!fs::exists(host.path() / "old/b"));
    BOOST_TEST(run().text("stdout") == root.string() + "\n");
    BOOST_TEST(run(R"(,"cwd":"/")").text("stdout") == root.string() + "\n");
}

/// Neither is a put that began before: it would end where no path leads any more.
BOOST_AUTO_TEST_CASE(renamed_while_a_file_is_sent) {
    const auto id = c.call("put", R"({"path":"a"})");
    const auto window = c.allowed(id, "data");
    c.write(id, "data", sample_bytes(window));
    while (c.allowed(id, "data") == window) c.step(); // credit comes for what was written
    fs::rename(root, host.path() / "old");
    fs::create_directory(root);
    c.write(id, "data", "the rest", true);
    BOOST_TEST(c.wait(id).error() == "io_error");
    BOOST_TEST(fs::is_empty(root));
    BOOST_TEST(fs::is_empty(host.path() / "old"));
    BOOST_TEST(put("a").error() == "");
    BOOST_TEST(read_file(root / "a") == "stored");
}

BOOST_AUTO_TEST_CASE(removed) {
    fs::remove(root);
    check_missing(put("a"), "ENOENT");
    check_missing(get("a"), "ENOENT");
    check_missing(run(), "ENOENT"); // never in a directory that has no name
    check_missing(run(R"(,"cwd":"/")"), "ENOENT");
    fs::create_directory(root);
    BOOST_TEST(put("a").error() == "");
    BOOST_TEST(get("a").text("data") == "stored");
    BOOST_TEST(run().text("stdout") == root.string() + "\n");
}

BOOST_AUTO_TEST_CASE(mounted_over) {
    {
        const auto over = mounted::tmpfs(root);
        if (!over.done()) {
            BOOST_TEST_MESSAGE("skipped: may not mount");
            return;
        }
        BOOST_TEST(put("a").error() == "");
        BOOST_TEST(fs::exists(root / "a"));
    }
    BOOST_TEST(!fs::exists(root / "a"));
    BOOST_TEST(get("a").error() == "not_found");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
