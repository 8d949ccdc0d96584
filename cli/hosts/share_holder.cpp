// The process that holds a shared connection: how it is started, and what it does.

#include "share_holder.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "share.hpp"
#include "share_socket.hpp"

#include <tug/error.hpp>
#include <tug/os/failed_child.hpp>
#include <tug/shared_connection.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace processes = boost::process::v2;

namespace tug::cli {

namespace {

/// Runs in the child.
struct with_nothing_but {
    int listener;

    template <class Launcher, class Argv>
    processes::error_code on_exec_setup(Launcher&, const processes::filesystem::path&, const Argv&) const {
        ::setsid();
        const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            if (::dup2(nothing, fd) < 0) return {errno, boost::system::system_category()};
        ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
        ::fcntl(listener, F_SETFD, 0);
        return {};
    }
};

/// This program, by its own name where it still has one.
std::string own_program() {
    constexpr auto link = "/proc/self/exe";
    std::error_code ec;
    const auto path = std::filesystem::read_symlink(link, ec);
    return ec || !std::filesystem::exists(path, ec) ? link : path.string();
}

/// -1 where it is none.
int number_of(std::string_view text) {
    int out = -1;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc() && end == text.data() + text.size() ? out : -1;
}

/// Its command line says all; the rest of the environment is for what it looks names up by.
void forget_variables() {
    std::vector<std::string> names;
    for (char** at = ::environ; *at != nullptr; ++at) {
        const std::string_view variable = *at;
        if (variable.starts_with("TUG_")) names.emplace_back(variable.substr(0, variable.find('=')));
    }
    for (const auto& name : names) ::unsetenv(name.c_str());
}

asio::awaitable<int> hold(const options& o, invocation& s, int listener, std::chrono::seconds idle) {
    keys_read none;
    auto to = co_await connection_to(o, s, address_of(o), none);
    if (::chdir("/") != 0) co_return exit_code::failed; // it keeps no file system from being unmounted
    const auto why = co_await share_connection(listener, std::move(to.address), std::move(to.how), idle);
    co_return why.code == errc::client_closed ? exit_code::success : exit_code::failed;
}

} // namespace

bool start_holder(int listener, std::chrono::seconds idle, const std::vector<std::string>& ping) {
    std::vector<std::string> words{std::string(holding_word), std::to_string(listener), std::to_string(idle.count())};
    words.insert(words.end(), ping.begin(), ping.end());
    asio::io_context io(1);
    try { // 1.81 throws also where it is given an error_code
        const auto program = own_program();
        processes::default_process_launcher()(io, program, words, with_nothing_but{listener}, os::failed_child())
            .detach();
    } catch (const boost::system::system_error&) {
        return false;
    }
    return true;
}

asio::awaitable<int> hold_connection(std::vector<std::string> words, invocation& s) {
    const int listener = words.empty() ? -1 : number_of(words[0]);
    const int idle = words.size() < 2 ? -1 : number_of(words[1]);
    if (listener < 0 || idle < 0) co_return exit_code::usage;
    const listening_name name(listener);
    try {
        forget_variables();
        const auto o = parse_command_line({words.begin() + 2, words.end()});
        auto call = hold(o, s, listener, std::chrono::seconds(idle));
        co_return co_await s.ctl.run(std::move(call), std::nullopt);
    } catch (const std::exception&) {
        co_return exit_code::failed; // who waits for it connects by itself, and tells why that fails
    }
}

} // namespace tug::cli
