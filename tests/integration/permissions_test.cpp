// What the line of a key allows beyond the three permissions: a root of its own, programs, variables.

#include "support/proc.hpp"
#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace fs = std::filesystem;

namespace {

using namespace tug::test;

void make_program(const std::string& path, const std::string& script) {
    write_file(path, "#!/bin/sh\n" + script + "\n");
    BOOST_REQUIRE(::chmod(path.c_str(), 0755) == 0);
}

struct boxed {
    test_server server{{.with_keys = true,
                        .lines = {{"box", "exec,put,get root=/box"},
                                  {"link", "get root=/link"},
                                  {"gone", "exec,put,get root=/gone"},
                                  {"file", "get root=/secret"},
                                  {"reader", "get root=/box"}}}};

    boxed() {
        fs::create_directories(server.in_root("box/deep"));
        write_file(server.in_root("secret"), "secret");
        write_file(server.in_root("box/own"), "own");
        fs::create_symlink("/box", server.in_root("link"));
    }
};

BOOST_FIXTURE_TEST_SUITE(server_key_root_test, boxed)

BOOST_AUTO_TEST_CASE(put_get_and_cwd_stay_below_it) {
    auto c = server.connect("box");
    BOOST_TEST(c.ask("get", R"({"path":"/own"})").text("data") == "own");
    BOOST_TEST(c.ask("get", R"({"path":"/secret"})").error() == "not_found");
    BOOST_TEST(c.ask("get", R"({"path":"../secret"})").error() == "path_denied");
    BOOST_TEST(c.ask("get", R"({"path":"deep/../../secret"})").error() == "path_denied");
    const auto put = c.call("put", R"({"path":"/made/here","make_parents":true})");
    c.write(put, "data", "new", true);
    BOOST_TEST(c.wait(put).error() == "");
    BOOST_TEST(read_file(server.in_root("box/made/here")) == "new");
    BOOST_TEST(!fs::exists(server.in_root("made")));
    BOOST_TEST(c.ask("put", R"({"path":"../over"})").error() == "path_denied");
    for (const auto* cwd : {"", R"(,"cwd":"/")", R"(,"cwd":"deep/..")"})
        BOOST_TEST(c.ask("exec", R"({"argv":["/bin/pwd"])" + std::string(cwd) + "}").text("stdout") ==
                   server.in_root("box\n"));
    BOOST_TEST(c.ask("exec", R"({"argv":["/bin/pwd"],"cwd":".."})").error() == "path_denied");
    BOOST_TEST(c.ask("exec", R"({"argv":["/bin/pwd"],"cwd":"/box"})").error() == "not_found");
}

/// A symlink is as in a chroot: it ends below this root, whatever it says.
BOOST_AUTO_TEST_CASE(symlinks) {
    fs::create_symlink("/secret", server.in_root("box/absolute"));
    fs::create_symlink("../secret", server.in_root("box/relative"));
    fs::create_symlink(server.in_root("secret"), server.in_root("box/host"));
    fs::create_directory_symlink("..", server.in_root("box/up"));
    auto c = server.connect("box");
    for (const auto* name : {"absolute", "relative", "host", "up/secret"})
        BOOST_TEST(c.ask("get", R"({"path":)" + json_text(name) + "}").error() == "not_found", name);
    BOOST_TEST(c.ask("get", R"({"path":"up/own"})").text("data") == "own");
    BOOST_TEST(c.ask("exec", R"({"argv":["/bin/pwd"],"cwd":"up"})").text("stdout") == server.in_root("box\n"));
    write_file(server.in_root("box/secret"), "of the box");
    for (const auto* name : {"absolute", "relative"})
        BOOST_TEST(c.ask("get", R"({"path":)" + json_text(name) + "}").text("data") == "of the box", name);
    // The root of a key may itself be one.
    BOOST_TEST(server.connect("link").ask("get", R"({"path":"own"})").text("data") == "own");
}

/// It is looked for at each call, so it may come later, and its absence says nothing of the host.
BOOST_AUTO_TEST_CASE(a_root_that_is_not_there) {
    auto c = server.connect("gone");
    for (const auto* call : {"get", "put"}) {
        const auto& answer = c.ask(call, R"({"path":"a"})");
        BOOST_TEST(answer.error() == "not_found");
        const std::string message(answer.answer->at("error").at("message").as_string());
        BOOST_TEST(message.find("root of this key") != std::string::npos, message);
        BOOST_TEST(message.find("gone") == std::string::npos, message);
    }
    BOOST_TEST(c.ask("exec", R"({"argv":["true"]})").error() == "not_found");
    BOOST_TEST(server.connect("file").ask("get", R"({"path":"/"})").error() == "not_found");
    fs::create_directory(server.in_root("gone"));
    BOOST_TEST(c.ask("exec", R"({"argv":["/bin/pwd"]})").text("stdout") == server.in_root("gone\n"));
}

/// Who may get and nothing else cannot write.
BOOST_AUTO_TEST_CASE(read_only) {
    auto c = server.connect("reader");
    BOOST_TEST(c.ask("get", R"({"path":"own"})").text("data") == "own");
    const auto& answer = c.ask("put", R"({"path":"own"})");
    BOOST_TEST(answer.error() == "permission_denied");
    BOOST_TEST(answer.data("need") == R"("put")");
    const std::string message(answer.answer->at("error").at("message").as_string());
    for (const auto* word : {"\"reader\"", "put", "key file"})
        BOOST_TEST(message.find(word) != std::string::npos, message);
    BOOST_TEST(c.ask("exec", R"({"argv":["true"]})").error() == "permission_denied");
}

BOOST_AUTO_TEST_SUITE_END()

struct restricted {
    restricted() {
        // Before any thread of a server is: an unwary PATH.
        ::setenv("PATH", ".:/bin::/usr/bin", 1);
        server.emplace(server_setup{.with_keys = true,
                                    .lines = {{"some", "exec,put,get argv0=echo argv0=own argv0=/bin/l* env=LC_*"},
                                              {"sh", "exec argv0=/bin/sh"},
                                              {"any", "exec argv0=*"},
                                              {"all-env", "exec argv0=echo env=*"}}});
        c.emplace(server->connect("some"));
    }

    ~restricted() { ::setenv("PATH", old_path.c_str(), 1); }

    std::string old_path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe)
    std::optional<test_server> server;
    std::optional<raw_client> c;

    /// What the program printed, or the error that stands in its place, with its `need`.
    static std::string run(raw_client& by, const std::string& params) {
        const auto& answer = by.ask("exec", params);
        const auto error = answer.error();
        return error.empty() ? answer.text("stdout")
                             : error + (error == "permission_denied" ? answer.data("need") : "");
    }

    std::string run(const std::string& params) { return run(*c, params); }

    std::string argv(const std::string& program) { return run(R"({"argv":[)" + json_text(program) + R"(,"x"]})"); }
};

const std::string denied = R"(permission_denied"exec")";

BOOST_FIXTURE_TEST_SUITE(server_key_argv0_test, restricted)

BOOST_AUTO_TEST_CASE(programs) {
    BOOST_TEST(argv("echo") == "x\n");
    BOOST_TEST(run(R"({"argv":["/bin/ls","-d","/"]})") == "/\n");
    for (const auto* program : {"/bin/echo", "cat", "/bin/../bin/ls", "//bin/ls", "/bin/./ls", "./echo", "", "/bin/",
                                "/bin/sub/ls", "ECHO", "echo ", "l*"})
        BOOST_TEST(argv(program) == denied, program);
    BOOST_TEST(c->is_served());
}

BOOST_AUTO_TEST_CASE(the_message_names_the_rule) {
    const auto& answer = c->ask("exec", R"({"argv":["/bin/cat"]})");
    const std::string message(answer.answer->at("error").at("message").as_string());
    for (const auto* word : {"\"some\"", "\"/bin/cat\"", "argv0="})
        BOOST_TEST(message.find(word) != std::string::npos, message);
}

BOOST_AUTO_TEST_CASE(a_shell_line_is_the_shell) {
    BOOST_TEST(run(R"({"shell":"echo x"})") == denied);
    auto sh = server->connect("sh");
    BOOST_TEST(run(sh, R"({"shell":"echo x"})") == "x\n");
    BOOST_TEST(run(sh, R"({"argv":["/bin/sh","-c","echo x"]})") == "x\n");
    BOOST_TEST(run(sh, R"({"argv":["sh","-c","echo x"]})") == denied);
}

/// The client may put a program into its cwd, by the name of one that is allowed, and is not helped by it.
BOOST_AUTO_TEST_CASE(programs_that_the_client_brought) {
    fs::create_directory(server->in_root("d"));
    for (const auto* name : {"echo", "own", "d/echo", "d/own"}) make_program(server->in_root(name), "echo brought");
    BOOST_TEST(argv("echo") == "x\n");                                    // that of /bin, not of .
    BOOST_TEST(argv("own") == "exec_not_found");                          // PATH has . and the daemon's
    BOOST_TEST(run(R"({"argv":["own"],"cwd":"d"})") == "exec_not_found"); // … is looked at without it
    BOOST_TEST(run(R"({"argv":["own"],"cwd":"d","clear_env":true})") == "exec_not_found");
    BOOST_TEST(run(R"({"argv":["own"],"env":{"PATH":"."}})") == denied); // the client has no say in it
    BOOST_TEST(run(R"({"argv":["own"],"env":{"PATH":"."},"clear_env":true})") == denied);
    for (const auto* program : {"./own", "./echo", "d/own", "d/echo"}) BOOST_TEST(argv(program) == denied, program);
    BOOST_TEST(argv(server->in_root("own")) == denied);
    auto any = server->connect("any");
    BOOST_TEST(run(any, R"({"argv":["own"]})") == "exec_not_found");
    BOOST_TEST(run(any, R"({"argv":["./own"]})") == denied);
    // Without argv0= it is as PROTOCOL.md says.
    auto all = server->connect("all");
    BOOST_TEST(run(all, R"({"argv":["own"]})") == "brought\n");
}

/// The PATH of the daemon may have the operator's own programs first, and a command without a PATH gets no others.
BOOST_AUTO_TEST_CASE(names_are_those_of_the_path_of_the_daemon) {
    const temp_dir tools;
    make_program(tools / "echo", "echo wrapped");
    ::setenv("PATH", (tools / ":/bin").c_str(), 1); // nothing runs now
    BOOST_TEST(argv("echo") == "wrapped\n");
    BOOST_TEST(run(R"({"argv":["echo","x"],"clear_env":true})") == "wrapped\n");
    auto all = server->connect("all");
    BOOST_TEST(run(all, R"({"argv":["echo","x"],"clear_env":true})") == "x\n");
}

/// exec.check refuses what exec would, and runs nothing.
BOOST_AUTO_TEST_CASE(what_would_be_allowed) {
    const auto check = [&](const std::string& params) { return c->ask("exec.check", params).error(); };
    BOOST_TEST(check(R"({"argv":["echo","x"]})") == "");
    BOOST_TEST(check(R"({"argv":["/bin/ln","-s","a","made"]})") == "");
    BOOST_TEST(!fs::exists(server->in_root("made")));
    BOOST_TEST(check(R"({"argv":["/bin/cat"]})") == "permission_denied");
    BOOST_TEST(check(R"({"shell":"echo x"})") == "permission_denied");
    BOOST_TEST(check(R"({"login":true})") == "permission_denied");
    BOOST_TEST(check(R"({"argv":["echo"],"env":{"LANG":"C"}})") == "permission_denied");
    BOOST_TEST(check(R"({"argv":["echo"],"user":"nobody"})") == "permission_denied");
    BOOST_TEST(check(R"({"argv":["echo"],"cwd":"none"})") == "not_found");
    BOOST_TEST(check(R"({"argv":[]})") == "invalid_params");
    BOOST_TEST(c->ask("exec.check", R"({"argv":["/bin/cat"]})").data("need") == R"("exec")");
    BOOST_TEST(argv("echo") == "x\n");
}

BOOST_AUTO_TEST_CASE(what_would_be_allowed_by_the_sdk) {
    using tug::command;
    using tug::errc;
    tug::test::run([&]() -> boost::asio::awaitable<void> {
        auto with_key = tug::connect_options().with(tug::credentials("some", key_of("some")));
        auto client = co_await tug::client::connect(server->address(), std::move(with_key));
        co_await client.check(command("/bin/ln", "-s", "a", "made"));
        BOOST_TEST(!fs::exists(server->in_root("made")));
        BOOST_TEST((co_await error_of(client.check(command("/bin/cat")))) == errc::permission_denied);
        BOOST_TEST((co_await error_of(client.check(command::shell("echo x")))) == errc::permission_denied);
        BOOST_TEST((co_await error_of(client.check(command("echo").env("LANG", "C")))) == errc::permission_denied);
        BOOST_TEST((co_await error_of(client.check(command("echo").in("none")))) == errc::not_found);
        auto checked = client.check(command("/bin/cat"), boost::asio::as_tuple(boost::asio::use_awaitable));
        const auto [thrown] = co_await std::move(checked);
        BOOST_TEST((tug::failure_of(thrown).need == "exec"));
    });
}

/// A PATH of which nothing is left is no cwd.
BOOST_AUTO_TEST_CASE(a_path_that_leads_nowhere) {
    make_program(server->in_root("own"), "echo brought");
    for (const auto* path : {"", ".", ":", "::", ".:", "bin:.", "own"}) {
        ::setenv("PATH", path, 1); // nothing runs now
        for (const auto* more : {"", R"(,"clear_env":true)", R"(,"cwd":"/")"})
            BOOST_TEST(run(R"({"argv":["own"])" + std::string(more) + "}") == "exec_not_found", path << more);
    }
    ::unsetenv("PATH");
    BOOST_TEST(argv("own") == "exec_not_found");
    BOOST_TEST(argv("echo") == "x\n"); // the usual one
}

BOOST_AUTO_TEST_CASE(variables) {
    BOOST_TEST(run(R"({"argv":["echo","x"],"env":{"LC_ALL":"C","LC_TIME":"C"}})") == "x\n");
    for (const auto* name : {"LD_PRELOAD", "PATH", "LANG", "LC", "XLC_ALL"})
        BOOST_TEST(run(R"({"argv":["echo","x"],"env":{)" + json_text(name) + R"(:"y"}})") == denied, name);
    auto any = server->connect("any");
    BOOST_TEST(run(any, R"({"argv":["echo","x"],"env":{"LC_ALL":"C"}})") == denied);
    BOOST_TEST(run(any, R"({"argv":["env"],"clear_env":true})") == "");
    auto all = server->connect("all-env");
    BOOST_TEST(run(all, R"({"argv":["echo","x"],"env":{"ANY":"y"}})") == "x\n");
    for (const auto* name : {"LD_PRELOAD", "LD_AUDIT", "PATH"})
        BOOST_TEST(run(all, R"({"argv":["echo","x"],"env":{)" + json_text(name) + R"(:"y"}})") == denied, name);
    // No name smuggles another one in.
    for (const auto* env : {R"({"PATH=.:":"y"})", R"({"A\u0000PATH":"y"})", R"([["PATH=.","y"]])", R"({"":"y"})"})
        BOOST_TEST(run(all, R"({"argv":["echo","x"],"env":)" + std::string(env) + "}") == "invalid_params", env);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
