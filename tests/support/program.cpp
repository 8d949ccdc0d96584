#include "support/program.hpp"

#include "support/build_paths.hpp"
#include <tug/os/failed_child.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>
#include <boost/process/v2/environment.hpp>
#include <boost/process/v2/impl/environment.ipp> // 1.81 leaves it out
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <functional>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace asio = boost::asio;
namespace process = boost::process::v2;

namespace tug::test {

namespace {

/// Both ends are CLOEXEC: a child that inherits the pipe of another one would keep it open.
std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    return ends;
}

std::string path_of(const std::string& name) {
    return name.find('/') == std::string::npos ? bin_dir() + "/" + name : name;
}

std::vector<std::string> variables(const environment& extra) {
    std::vector<std::string> all;
    for (char** v = ::environ; *v != nullptr; ++v) {
        const std::string_view text(*v);
        if (!text.starts_with("TUG_") && !extra.contains(std::string(text.substr(0, text.find('=')))))
            all.emplace_back(text);
    }
    // A configuration of the user who runs the tests is none of theirs; those with an own home say so.
    if (!extra.contains("TUG_CLIENT_CONFIG") && !extra.contains("HOME") && !extra.contains("XDG_CONFIG_HOME"))
        all.emplace_back("TUG_CLIENT_CONFIG=none");
    for (const auto& [name, value] : extra) all.push_back(name + "=" + value);
    return all;
}

/// A pipe from the program, emptied as long as a test runs the io_context.
class collector {
public:
    explicit collector(asio::io_context& io) : pipe_(io) {}

    /// Returns the end for the program.
    int open() {
        const auto ends = make_pipe();
        pipe_.assign(ends[0]);
        ended = false;
        return ends[1];
    }

    void start() {
        if (!ended) read();
    }

    std::string text;
    bool ended = true;

private:
    void read() {
        pipe_.async_read_some(asio::buffer(piece_), [this](boost::system::error_code ec, std::size_t n) {
            text.append(piece_.data(), n);
            if (ec) {
                ended = true;
            } else {
                read();
            }
        });
    }

    asio::readable_pipe pipe_;
    std::array<char, 65536> piece_{};
};

/// While it lives a write of this thread to a pipe that has no reader is an error and no signal, which would end the
/// test without a word. The process does not ignore SIGPIPE for it: the programs that it starts would inherit that.
class no_sigpipe {
public:
    no_sigpipe() noexcept {
        sigemptyset(&sigpipe_);
        sigaddset(&sigpipe_, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    }

    ~no_sigpipe() {
        constexpr timespec at_once{};
        ::sigtimedwait(&sigpipe_, nullptr, &at_once); // it would come when it is let in again
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    no_sigpipe(const no_sigpipe&) = delete;
    no_sigpipe& operator=(const no_sigpipe&) = delete;

private:
    sigset_t sigpipe_{};
    sigset_t before_{};
};

} // namespace

struct program::impl {
    explicit impl(std::string program_name) : name(std::move(program_name)) {}

    void start(const std::vector<std::string>& argv, const environment& env, standard_fds fds) {
        int in = fds.in;
        if (in < 0) {
            const auto ends = make_pipe();
            in = ends[0];
            input.assign(ends[1]);
        }
        const int o = fds.out < 0 ? out.open() : fds.out;
        const int e = fds.err < 0 ? err.open() : fds.err;
        const std::vector<std::string> arguments(argv.begin() + 1, argv.end());
        child.emplace(io, path_of(argv.front()), arguments, process::process_environment(variables(env)),
                      process::process_stdio{in, o, e}, os::failed_child());
        if (fds.in < 0) ::close(in);
        if (fds.out < 0) ::close(o);
        if (fds.err < 0) ::close(e);
        out.start();
        err.start();
        child->async_wait([this](boost::system::error_code, int) { exited = true; });
    }

    void run_until(const std::function<bool()>& done, const char* what, std::chrono::milliseconds most) {
        const auto until = std::chrono::steady_clock::now() + most;
        while (!done()) {
            io.restart();
            if (io.run_one_until(until) == 0) {
                if (!exited) ::kill(child->id(), SIGKILL);
                throw std::runtime_error(name + ": waited in vain for " + what + "; stdout: " + out.text +
                                         "; stderr: " + err.text);
            }
        }
    }

    std::string name;
    asio::io_context io{1};
    asio::writable_pipe input{io};
    collector out{io};
    collector err{io};
    std::optional<process::process> child;
    std::size_t taken = 0; // of out.text, by read_line()
    bool exited = false;
};

program::program(std::vector<std::string> argv, const environment& env, standard_fds fds)
    : impl_(std::make_unique<impl>(argv.at(0))) {
    impl_->start(argv, env, fds);
}

program::~program() = default;
program::program(program&& other) noexcept = default;

pid_t program::pid() const {
    return impl_->child->id();
}

std::string program::read_line() {
    auto& i = *impl_;
    const auto end = [&] { return i.out.text.find('\n', i.taken); };
    i.run_until([&] { return end() != std::string::npos || i.out.ended; }, "a line on stdout", bound);
    if (end() == std::string::npos) throw std::runtime_error(i.name + ": no further line; stderr: " + i.err.text);
    const auto at = end();
    auto line = i.out.text.substr(i.taken, at - i.taken);
    i.taken = at + 1;
    return line;
}

void program::await_out(std::string_view text) {
    auto& i = *impl_;
    i.run_until([&] { return i.out.text.find(text, i.taken) != std::string::npos; }, "a text on stdout", bound);
}

void program::await_err(std::string_view text) {
    auto& i = *impl_;
    i.run_until([&] { return i.err.text.find(text) != std::string::npos; }, "a text on stderr", bound);
}

bool program::write(std::string_view text) {
    const no_sigpipe blocked;
    auto& i = *impl_;
    bool done = false;
    bool ok = false;
    asio::async_write(i.input, asio::buffer(text), [&](boost::system::error_code ec, std::size_t) {
        done = true;
        ok = !ec;
    });
    i.run_until([&] { return done; }, "room in its stdin", bound);
    return ok;
}

void program::close_stdin() {
    boost::system::error_code ignored;
    impl_->input.close(ignored);
}

void program::signal(int number) {
    if (::kill(pid(), number) != 0) throw std::system_error(errno, std::generic_category(), "kill");
}

int program::wait() {
    return wait(bound);
}

int program::wait(std::chrono::milliseconds most) {
    auto& i = *impl_;
    i.run_until([&] { return i.exited && i.out.ended && i.err.ended; }, "its end", most);
    const int status = i.child->native_exit_code();
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int program::ended_by() const {
    const int status = impl_->child->native_exit_code();
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

const std::string& program::out() const {
    return impl_->out.text;
}

const std::string& program::err() const {
    return impl_->err.text;
}

run_result run(std::vector<std::string> argv, std::string_view input, const environment& env) {
    program p(std::move(argv), env);
    p.write(input);
    p.close_stdin();
    const int code = p.wait();
    return {code, p.out(), p.err()};
}

} // namespace tug::test
