// The commands about files of the host: each does its work path by path, goes on after a failure, and says so in the
// exit code, as those of coreutils do.

#include "cli/commands/commands.hpp"
#include "cli/commands/path_work.hpp"
#include "cli/local/file_text.hpp"
#include "cli/local/report.hpp"
#include "exit_codes.hpp"

#include <tug/bytes.hpp>
#include <tug/files.hpp>
#include <tug/os/path_text.hpp>

#include <boost/json/object.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// One entry of a listing, as its options say. False where it could not be written.
bool print_entry(const options& o, const std::string& path, const file_info& info) {
    if (o.json) return print_json(to_json(path, info));
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    std::string line;
    if (o.path.long_format) line = long_line(info, std::time(nullptr));
    line += shown_name(path, terminal);
    if (o.path.long_format && info.target) line += " -> " + shown_name(*info.target, terminal);
    return print_text(line + "\n");
}

bool is_hidden(std::string_view path) {
    return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

asio::awaitable<int> print_listing(client& on, const options& o, const std::string& path) {
    auto all = co_await on.files().list(path, o.path.recursive ? depth::all : depth::one);
    int code = exit_code::success;
    for (;;) {
        const auto entry = co_await all.next();
        if (!entry) break;
        if (!o.path.all && is_hidden(entry->path)) continue;
        if (!entry->info) {
            print_error(quoted_name(entry->path) + " cannot be read (" + entry->error + ")", "check its permissions");
            code = exit_code::failed;
        } else if (!print_entry(o, entry->path, *entry->info)) {
            co_return exit_code::failed;
        }
    }
    co_return code;
}

asio::awaitable<int> ls(client& on, const options& o, const std::string& path) {
    const auto info = co_await on.files().stat(path, o.path.itself ? symlinks::keep : symlinks::follow);
    if (info.type == file_type::directory && !o.path.itself) co_return co_await print_listing(on, o, path);
    co_return print_entry(o, path, info) ? exit_code::success : exit_code::failed;
}

asio::awaitable<path_end> print_status(client& on, const options& o, invocation&, std::string path) {
    const auto info = co_await on.files().stat(path, symlinks::keep);
    co_return written(o.json ? print_json(to_json(path, info)) : print_text(status_text(path, info)));
}

asio::awaitable<path_end> print_space(client& on, const options& o, invocation&, std::string path) {
    const auto space = co_await on.files().space(path);
    if (o.json) {
        co_return written(print_json(boost::json::object{{"path", bytes_to_json(path)},
                                                         {"total_bytes", space.total_bytes},
                                                         {"free_bytes", space.free_bytes},
                                                         {"available_bytes", space.available_bytes},
                                                         {"files_free", space.files_free}}));
    }
    const auto used = space.total_bytes - space.free_bytes;
    const auto percent = space.total_bytes == 0 ? 0 : (used * 100 + space.total_bytes - 1) / space.total_bytes;
    co_return written(print_text(size_text(space.total_bytes) + " in all, " + size_text(used) + " used (" +
                                 std::to_string(percent) + "%), " + size_text(space.available_bytes) +
                                 " free for others than root: " + shown_name(path, true) + "\n"));
}

asio::awaitable<path_end> remove(client& on, const options& o, invocation&, std::string path) {
    try {
        co_await on.files().remove(path, o.path.recursive ? depth::all : depth::one);
    } catch (const error& e) {
        if (!o.path.force || e.failure().code != errc::not_found) throw;
    }
    co_return path_end::done;
}

asio::awaitable<path_end> set_mode(client& on, const options& o, invocation&, std::string path) {
    file_attributes to;
    to.mode = o.path.mode;
    co_await on.files().set(path, to);
    co_return path_end::done;
}

asio::awaitable<path_end> make_directory(client& on, const options& o, invocation& s, std::string path) {
    if (!o.path.parents) {
        co_await on.files().make_directory(path, o.path.mode.value_or(0755));
        co_return path_end::done;
    }
    co_await on.files().make_directories(path);
    if (o.path.mode) co_await set_mode(on, o, s, std::move(path));
    co_return path_end::done;
}

/// Where `to` is a directory, that in it which is called as `from` is.
asio::awaitable<std::string> inside_directory(client& on, std::string from, std::string to) {
    bool directory = to.ends_with('/');
    try {
        const auto info = co_await on.files().stat(to);
        directory = info.type == file_type::directory;
    } catch (const error& e) {
        if (e.failure().code != errc::not_found) throw;
    }
    if (!directory) co_return to;
    while (from.size() > 1 && from.ends_with('/')) from.pop_back();
    co_return os::path_in(std::move(to), base_name(from));
}

asio::awaitable<void> move(client& on, const options& o, std::string from, std::string to) {
    if (!o.path.exchange) to = co_await inside_directory(on, from, std::move(to));
    const auto how = o.path.exchange       ? rename_mode::exchange
                     : o.path.no_overwrite ? rename_mode::keep
                                           : rename_mode::overwrite;
    co_await on.files().rename(from, to, how);
}

constexpr std::array works{
    std::pair{std::string_view("stat"), path_work(print_status)},
    std::pair{std::string_view("df"), path_work(print_space)},
    std::pair{std::string_view("rm"), path_work(remove)},
    std::pair{std::string_view("mkdir"), path_work(make_directory)},
    std::pair{std::string_view("chmod"), path_work(set_mode)},
    std::pair{std::string_view("sum"), path_work(print_sum)},
    std::pair{std::string_view("cat"), path_work(print_content)},
    std::pair{std::string_view("du"), path_work(print_usage)},
    std::pair{std::string_view("find"), path_work(find_paths)},
    std::pair{std::string_view("touch"), path_work(touch)},
    std::pair{std::string_view("edit"), path_work(edit)},
    std::pair{std::string_view("watch"), path_work(watch_path)},
};

/// The next path has no better prospects: the call was ended, or this side cannot go on.
bool ends_all(const client& on, errc code) {
    return !on.is_open() || code == errc::cancelled || code == errc::local_io;
}

} // namespace

asio::awaitable<int> work_on_paths(client& on, const options& o, invocation& s) {
    const auto paths = paths_of(o);
    if (o.command == "ls") co_return co_await ls(on, o, paths.front());
    if (o.command == "mv") {
        co_await move(on, o, paths.at(0), paths.at(1));
        co_return exit_code::success;
    }
    if (o.command == "ln") {
        if (o.path.symbolic)
            co_await on.files().make_symlink(paths.front(), o.path.target);
        else
            co_await on.files().make_link(paths.at(0), paths.at(1));
        co_return exit_code::success;
    }
    int code = exit_code::success;
    const auto each = std::ranges::find(works, o.command, &std::pair<std::string_view, path_work>::first)->second;
    for (const auto& path : paths) {
        try {
            const auto ended = co_await each(on, o, s, path);
            if (ended == path_end::unwritten) co_return exit_code::failed;
            if (ended == path_end::in_part) code = exit_code::failed;
        } catch (const error& e) {
            if (paths.size() == 1 || ends_all(on, e.failure().code)) throw;
            report_one(o, e.failure());
            code = exit_code::failed;
        }
    }
    co_return code;
}

} // namespace tug::cli
