#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/arguments/words.hpp"
#include "cli/completion/remote_names.hpp"
#include "cli/hosts/connection_settings.hpp"
#include "cli/local/end_by_signal.hpp"
#include "cli/local/line_editor.hpp"
#include "cli/local/report.hpp"
#include "cli/local/working_directory.hpp"
#include "cli/reconnect/terminal_session.hpp"
#include "commands.hpp"

#include <tug/files.hpp>

#include <unistd.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

constexpr auto help_text =
    "exec, shell, put, get, ls, stat, find, cat, sum, du, df, mkdir, touch, edit, rm, mv, ln, chmod, watch:\n"
    "as outside, without HOST\n"
    "cd [DIR], pwd: where relative paths of the host begin, and commands run\n"
    "help, exit\n"
    "COMMAND --help tells more.\n";

class prompt {
public:
    prompt(const options& o, invocation& s)
        : options_(o), invocation_(s), interactive_(::isatty(STDIN_FILENO) == 1), lines_(make_lines()) {}

    asio::awaitable<int> run() {
        if (const int failed = co_await connect_first(); failed != exit_code::success) co_return failed;
        if (interactive_) invocation_.ctl.when_idle([this] { on_signal(); });
        try {
            for (;;) {
                ready_for_signals();
                const auto line = co_await lines_->next(text_of_prompt());
                if (!std::exchange(interrupted_, false)) leaves_next_ = false;
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
    std::unique_ptr<line_source> make_lines() {
        if (!interactive_ || ::isatty(STDERR_FILENO) != 1)
            return std::make_unique<plain_lines>(invocation_.input, interactive_);
        return std::make_unique<line_editor>(invocation_.input, invocation_.ctl,
                                             [this](const completion_place& at) { return names(at); });
    }

    /// On the thread of the editor, while the prompt waits for a line.
    std::vector<std::string> names(const completion_place& at) {
        using enum completion_place::kind;
        if (at.what == local) return names_here(at.directory);
        if (at.what != command)
            return names_on_host(
                invocation_.ctl.get_executor(), [this] { return client_.is_open() ? &client_ : nullptr; },
                path_from(directory_, at.directory));
        std::vector<std::string> out{"exec", "shell", "put", "get", "cd", "pwd", "help", "exit"};
        for (const auto& c : path_commands()) out.emplace_back(c.name);
        return out;
    }

    /// A second interrupt without a line between leaves.
    void on_signal() {
        if (invocation_.ctl.caught() != SIGINT || std::exchange(leaves_next_, true)) die_by(invocation_.ctl.caught());
        interrupted_ = true;
        lines_->interrupt();
    }

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

    [[nodiscard]] std::string text_of_prompt() const {
        return directory_.empty() ? "tug> " : "tug:" + printable(directory_) + "> ";
    }

    /// False where the line says to leave. Errors are reported and forgotten.
    asio::awaitable<bool> one(const std::string& line) {
        options o = options_;
        try {
            const auto words = split_words(line);
            if (words.empty()) co_return true;
            if (words.front() == "exit" || words.front() == "quit") co_return false;
            if (words.front() == "cd" || words.front() == "pwd" || words.front() == "help") {
                co_await own_command(words);
                co_return true;
            }
            o = for_host(parse_repl_line(words, options_, directory_), address_of(options_));
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

    /// What is no call of its own outside.
    asio::awaitable<void> own_command(std::vector<std::string> words) {
        last_ = exit_code::success;
        if (words.front() == "help") {
            (void)print_text(help_text);
        } else if (words.front() == "pwd") {
            (void)print_text(directory_.empty() ? "/\n" : directory_ + "\n");
        } else if (words.size() > 2) {
            throw usage_error("cd takes one path", "write cd DIR");
        } else {
            ready_for_signals();
            auto change = change_directory(words.size() == 2 ? words.back() : "/");
            last_ = co_await invocation_.ctl.run(std::move(change), local_deadline(options_));
        }
    }

    asio::awaitable<int> change_directory(std::string to) {
        co_await connected();
        auto path = path_from(directory_, to);
        while (path.ends_with('/')) path.pop_back();
        if (!path.empty()) {
            const auto info = co_await client_.files().stat(path);
            if (info.type != file_type::directory) throw usage_error(quoted_name(to) + " is no directory", "see `ls`");
        }
        directory_ = std::move(path);
        co_return exit_code::success;
    }

    asio::awaitable<void> one_call(const options& o) {
        if (!o.help.empty()) {
            (void)print_text(o.help);
            co_return;
        }
        const bool takes_input = o.exec.with_stdin || (o.command == "put" && o.file.local == "-");
        if (takes_input && !(interactive_ && has_keyboard(o)))
            throw usage_error("standard input carries the lines of the repl", "use `tug " + o.command + "` for that");
        ready_for_signals();
        const int code = co_await invocation_.ctl.run(call(o), local_deadline(o));
        last_ = code == exit_code::success ? exit_code::success : exit_code::failed;
        if (code != exit_code::success && !o.json)
            (void)write_all(STDERR_FILENO, "[exit " + std::to_string(code) + "]\n");
    }

    asio::awaitable<int> call(const options& o) {
        co_await connected();
        if (o.command == "exec" || o.command == "shell") co_return co_await exec(client_, o, invocation_);
        if (o.command == "put") co_return co_await put(client_, o, invocation_);
        if (o.command == "get") co_return co_await get(client_, o, invocation_);
        co_return co_await work_on_paths(client_, o, invocation_);
    }

    const options& options_;
    invocation& invocation_;
    client client_;
    bool interactive_;
    std::unique_ptr<line_source> lines_; ///< It may ask client_ for names.
    std::string directory_;              ///< Where relative paths of the host begin; empty: its root.
    bool interrupted_ = false;           ///< The line that comes was given up.
    bool leaves_next_ = false;           ///< The last thing at the prompt was an interrupt.
    int last_ = exit_code::success;
};

} // namespace

asio::awaitable<int> repl(const options& o, invocation& s) {
    prompt p(o, s);
    co_return co_await p.run();
}

} // namespace tug::cli
