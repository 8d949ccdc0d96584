#include "byte_streams.hpp"
#include "commands.hpp"
#include "exit_codes.hpp"
#include "report.hpp"
#include "usage_error.hpp"
#include "words.hpp"

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// Lines of standard input.
class line_reader {
public:
    explicit line_reader(blocking_thread& on) : on_(on) {}

    /// The next line; nothing at the end of input. Throws tug::error (local_io), also for a line of megabytes.
    asio::awaitable<std::optional<std::string>> next() {
        constexpr std::size_t longest = 1024 * 1024;
        for (;;) {
            if (const auto end = buffer_.find('\n'); end != std::string::npos) {
                auto line = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                co_return line;
            }
            if (buffer_.size() > longest) throw error(failure(errc::local_io, "a line has more than 1 MiB"));
            const auto piece = co_await read_piece(on_, input_, 4096);
            if (piece.empty()) co_return last();
            buffer_.append(piece.text());
        }
    }

private:
    /// A last line may lack its line end.
    std::optional<std::string> last() {
        if (buffer_.empty()) return std::nullopt;
        return std::exchange(buffer_, std::string());
    }

    blocking_thread& on_;
    shared_descriptor input_ = std::make_shared<const descriptor>(STDIN_FILENO);
    std::string buffer_;
};

class prompt {
public:
    prompt(const options& o, invocation& s)
        : options_(o), invocation_(s), lines_(s.input), interactive_(::isatty(STDIN_FILENO) == 1) {}

    asio::awaitable<int> run() {
        if (const int failed = co_await connect_first(); failed != exit_code::success) co_return failed;
        if (interactive_) {
            invocation_.ctl.when_idle([this] {
                (void)write_all(STDERR_FILENO, "\n(exit leaves)\n");
                show_prompt();
            });
        }
        try {
            for (;;) {
                ready_for_signals();
                show_prompt();
                const auto line = co_await lines_.next();
                if (!line || !co_await one(*line)) break;
                // Off a terminal the lines are a script, and a signal ends all of it.
                if (!interactive_ && invocation_.ctl.caught() != 0) break;
            }
            ready_for_signals();
        } catch (const error&) {
            // The input: what a line ends with is reported in one().
            co_return report_failure(options_, invocation_.ctl);
        }
        co_return interactive_ ? exit_code::success : last_;
    }

private:
    asio::awaitable<int> connect_first() {
        try {
            co_return co_await invocation_.ctl.run(connected(), std::nullopt);
        } catch (...) {
            co_return report_failure(options_, invocation_.ctl);
        }
    }

    /// At a prompt a signal ends the call that runs, and no other.
    void ready_for_signals() {
        if (interactive_) invocation_.ctl.forget_signals();
    }

    /// Connects where there is no connection, or none any more.
    asio::awaitable<int> connected() {
        if (!client_.is_open()) client_ = co_await connect(options_, invocation_, address_of(options_));
        co_return exit_code::success;
    }

    void show_prompt() {
        if (interactive_) (void)write_all(STDERR_FILENO, "tug> ");
    }

    /// False where the line says to leave. Errors are reported and forgotten.
    asio::awaitable<bool> one(const std::string& line) {
        options o = options_;
        try {
            const auto words = split_words(line);
            if (words.empty()) co_return true;
            if (words.front() == "exit" || words.front() == "quit") co_return false;
            o = parse_repl_line(words, options_);
            co_await one_call(o);
        } catch (const usage_error& e) {
            print_error(e.what(), e.remedy());
            last_ = exit_code::failed;
        } catch (...) {
            (void)report_failure(o, invocation_.ctl); // the line is out; the code is always the same here
            last_ = exit_code::failed;
        }
        co_return true;
    }

    asio::awaitable<void> one_call(const options& o) {
        if (!o.help.empty()) {
            (void)print_text(o.help);
            co_return;
        }
        if (o.exec.with_stdin || (o.command == "put" && o.file.local == "-"))
            throw usage_error("standard input carries the lines of the repl", "use `tug " + o.command + "` for that");
        ready_for_signals();
        const int code = co_await invocation_.ctl.run(call(o), local_deadline(o));
        last_ = code == exit_code::success ? exit_code::success : exit_code::failed;
        if (code != exit_code::success && !o.json)
            (void)write_all(STDERR_FILENO, "[exit " + std::to_string(code) + "]\n");
    }

    asio::awaitable<int> call(const options& o) {
        co_await connected();
        if (o.command == "exec") co_return co_await exec(client_, o, invocation_);
        if (o.command == "put") co_return co_await put(client_, o, invocation_);
        co_return co_await get(client_, o, invocation_);
    }

    const options& options_;
    invocation& invocation_;
    line_reader lines_;
    client client_;
    bool interactive_;
    int last_ = exit_code::success;
};

} // namespace

asio::awaitable<int> repl(const options& o, invocation& s) {
    prompt p(o, s);
    co_return co_await p.run();
}

} // namespace tug::cli
