#include "listed_files.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/local/progress.hpp"
#include "cli/local/report.hpp"
#include "side_by_side.hpp"
#include "trees.hpp"

#include <tug/bytes.hpp>
#include <tug/files.hpp>
#include <tug/os/path_text.hpp>

#include <boost/json/object.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

asio::awaitable<shared_descriptor> open_list(const std::string& list, invocation& s) {
    if (list == "-") co_return std::make_shared<const descriptor>(STDIN_FILENO);
    co_return co_await open_file(s.input, list, O_RDONLY);
}

/// The names of a list, each of which ends with `end`. All are read before the first is sent: what is wrong with the
/// list is told before anything has happened.
asio::awaitable<std::vector<std::string>> read_names(invocation& s, const std::string& list, char end) {
    constexpr std::size_t at_a_time = 64UL * 1024;
    const auto from = co_await open_list(list, s);
    std::vector<std::string> out(1);
    for (;;) {
        const auto piece = co_await read_piece(s.input, from, at_a_time);
        if (piece.empty()) break;
        for (const char c : piece.text()) {
            if (c != end)
                out.back() += c;
            else if (!out.back().empty())
                out.emplace_back();
        }
    }
    if (out.back().empty()) out.pop_back();
    co_return out;
}

/// Nothing leads out of where it belongs.
bool is_relative(std::string_view name) {
    if (name.starts_with('/')) return false;
    while (!name.empty()) {
        const auto part = name.substr(0, name.find('/'));
        if (part == "..") return false;
        name.remove_prefix(std::min(name.size(), part.size() + 1));
    }
    return true;
}

/// The puts of one list.
class listed_puts {
public:
    listed_puts(client& on, const options& o, std::vector<std::string> names, std::string to)
        : on_(on), options_(o), names_(std::move(names)), to_(std::move(to)), bar_(!o.quiet && !o.json) {}

    asio::awaitable<int> run() {
        const std::function<asio::awaitable<void>()> worker = [this] { return one_after_the_other(); };
        co_await side_by_side(worker);
        bar_.clear();
        co_return finish();
    }

private:
    asio::awaitable<void> one_after_the_other() {
        while (next_ < names_.size()) {
            const auto name = std::move(names_[next_++]);
            if (!is_relative(name)) {
                print_error(quoted_name(name) + " leads out of " + quoted_name(options_.file.local),
                            "name files below it");
                ++failed_;
                continue;
            }
            co_await put_one(name);
        }
    }

    asio::awaitable<void> put_one(const std::string& name) {
        const auto local = os::path_in(options_.file.local, name);
        const auto remote = os::path_in(to_, name);
        try {
            if (is_local_directory(local)) {
                co_await on_.files().make_directories(remote);
                ++directories_;
                co_return;
            }
            put_options how;
            how.make_parents().overwrite(!options_.file.no_overwrite).durable(!options_.file.no_durable);
            if (options_.file.sha256) how.digest(digest_kind::sha256);
            if (options_.file.mode) how.mode(*options_.file.mode);
            const auto done = co_await on_.put(local, remote, std::move(how));
            ++files_;
            bytes_ += done.size;
            bar_.show(bytes_, std::nullopt);
        } catch (const error& e) {
            if (!on_.is_open() || e.failure().code == errc::cancelled) throw;
            report_one(options_, e.failure());
            ++failed_;
        }
    }

    int finish() {
        const auto took = bar_.elapsed();
        const int code = failed_ == 0 ? exit_code::success : exit_code::failed;
        if (options_.json) {
            const boost::json::object done{{"path", bytes_to_json(to_)},
                                           {"files", files_},
                                           {"bytes", bytes_},
                                           {"directories", directories_},
                                           {"failed", failed_}};
            return print_json(done) ? code : exit_code::failed;
        }
        if (wants_summary(options_)) {
            auto line = "put: " + std::to_string(files_) + " files (" + human_bytes(bytes_) + ")";
            if (failed_ > 0) line += ", " + std::to_string(failed_) + " failed";
            line += " in " + std::to_string(took.count()) + " s\n";
            (void)write_all(STDERR_FILENO, line);
        }
        return code;
    }

    client& on_;
    const options& options_;
    std::vector<std::string> names_;
    std::size_t next_ = 0;
    std::string to_;
    progress_bar bar_;
    std::uint64_t files_ = 0;
    std::uint64_t directories_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t failed_ = 0;
};

} // namespace

asio::awaitable<int> put_listed(client& on, const options& o, invocation& s) {
    if (!is_local_directory(o.file.local))
        throw usage_error(quoted_name(o.file.local) + " is no directory",
                          "with --files-from name the directory that the names are below, as in `.`");
    auto names = co_await read_names(s, o.source.files_from, o.source.nul ? '\0' : '\n');
    listed_puts all(on, o, std::move(names), path_of(o));
    co_return co_await all.run();
}

} // namespace tug::cli
