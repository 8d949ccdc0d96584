#include "support/sample_tree.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

/// "+a" for what is written, "~a" for attributes, "-a" for what goes.
tree_change_callback into(std::string& out) {
    return [&out](const tree_change& change) {
        using enum tree_change::kind;
        out += change.what == written ? " +" : change.what == attributes ? " ~" : " -";
        out += change.path;
        if (change.what != removed && change.type == file_type::directory) out += '/';
        if (change.what == written && change.type == file_type::file) out += ':' + std::to_string(change.size);
    };
}

struct two_sides {
    test_server server;
    temp_dir here;
    fs::path tree = fs::path(here / "tree");

    two_sides() {
        fs::create_directories(tree / "d");
        write_text(tree / "a", "1");
        write_text(tree / "d/b", "22");
    }

    void with_client(std::function<asio::awaitable<void>(client&)> use) {
        run([&]() -> asio::awaitable<void> {
            auto on = co_await client::connect(server.address());
            co_await use(on);
        });
    }
};

tree_options differing(std::string& out) {
    return tree_options().compare(tree_compare::times).remove().on_change(into(out));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(client_tree_changes_test, two_sides)

BOOST_AUTO_TEST_CASE(of_a_tree_that_is_sent) {
    with_client([&](client& on) -> asio::awaitable<void> {
        std::string told;
        auto all = tree_options().on_change(into(told));
        static_cast<void>(co_await on.put_tree(tree, "copy", std::move(all)));
        BOOST_TEST(told == " +./ +a:1 +d/ +d/b:2");
        told.clear();
        static_cast<void>(co_await on.put_tree(tree, "copy", differing(told)));
        BOOST_TEST(told == "");
        write_text(tree / "a", "111");
        fs::permissions(tree / "d/b", fs::perms(0600));
        write_text(server.in_root("copy/extra"), "");
        set_time(server.in_root("copy"), 5, 5);
        set_time(tree, 5, 5);
        auto plan = differing(told);
        static_cast<void>(co_await on.put_tree(tree, "copy", std::move(plan.dry_run())));
        BOOST_TEST(told == " +a:3 ~d/b -extra");
        BOOST_TEST(fs::exists(server.in_root("copy/extra")));
        told.clear();
        static_cast<void>(co_await on.put_tree(tree, "copy", differing(told)));
        BOOST_TEST(told == " +a:3 ~d/b -extra");
        BOOST_TEST(!fs::exists(server.in_root("copy/extra")));
    });
}

BOOST_AUTO_TEST_CASE(of_a_tree_that_is_fetched) {
    with_client([&](client& on) -> asio::awaitable<void> {
        std::string told;
        static_cast<void>(co_await on.put_tree(tree, "copy"));
        auto all = tree_options().dry_run().on_change(into(told));
        static_cast<void>(co_await on.get_tree("copy", here / "back", std::move(all)));
        BOOST_TEST(told == " +./ +a:1 +d/ +d/b:2");
        BOOST_TEST(!fs::exists(here / "back"));
        told.clear();
        static_cast<void>(co_await on.get_tree("copy", tree, differing(told)));
        BOOST_TEST(told == "");
        write_text(server.in_root("copy/a"), "111");
        fs::permissions(server.in_root("copy/d/b"), fs::perms(0600));
        write_text(tree / "extra", "");
        set_time(server.in_root("copy"), 5, 5);
        set_time(tree, 5, 5);
        auto plan = differing(told);
        static_cast<void>(co_await on.get_tree("copy", tree, std::move(plan.dry_run())));
        BOOST_TEST(told == " +a:3 ~d/b -extra");
        BOOST_TEST(fs::exists(tree / "extra"));
        told.clear();
        auto packed = differing(told);
        static_cast<void>(co_await on.get_tree("copy", tree, std::move(packed.compress())));
        BOOST_TEST(told == " +a:3 ~d/b -extra");
        BOOST_TEST(!fs::exists(tree / "extra"));
    });
}

BOOST_AUTO_TEST_CASE(who_is_told_may_end_it) {
    with_client([&](client& on) -> asio::awaitable<void> {
        const auto refuse = [](const tree_change&) { throw std::runtime_error("no more"); };
        for (const bool put : {true, false}) {
            auto how = tree_options().on_change(refuse);
            bool thrown = false;
            try {
                if (put)
                    static_cast<void>(co_await on.put_tree(tree, "copy", std::move(how)));
                else
                    static_cast<void>(co_await on.get_tree(".", here / "back", std::move(how)));
            } catch (const std::runtime_error& e) {
                thrown = std::string(e.what()) == "no more";
            }
            BOOST_TEST(thrown);
            co_await on.ping();
        }
        BOOST_TEST(!fs::exists(server.in_root("copy")));
        BOOST_TEST(!fs::exists(here / "back"));
    });
}

BOOST_AUTO_TEST_SUITE_END()
