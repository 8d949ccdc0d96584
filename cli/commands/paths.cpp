// The commands about files of the host: each does its work path by path, goes on after a failure, and says so in the
// exit code, as those of coreutils do.

#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/file_text.hpp"
#include "cli/local/report.hpp"
#include "commands.hpp"
#include "each_path.hpp"
#include "path_work.hpp"
#include "paths_like.hpp"

#include <tug/bytes.hpp>
#include <tug/files.hpp>
#include <tug/os/path_text.hpp>

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

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

asio::awaitable<path_end> make_directory(client& on, const options& o, invocation&, std::string path) {
    if (!o.path.parents) {
        co_await on.files().make_directory(path, o.path.mode.value_or(0755));
        co_return path_end::done;
    }
    co_await on.files().make_directories(path);
    file_attributes to;
    to.mode = o.path.mode;
    if (to.mode) co_await on.files().set(path, to);
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

asio::awaitable<path_end> move(client& on, const options& o, std::string from, std::string to) {
    if (!o.path.exchange) to = co_await inside_directory(on, from, std::move(to));
    const auto how = o.path.exchange       ? rename_mode::exchange
                     : o.path.no_overwrite ? rename_mode::keep
                                           : rename_mode::overwrite;
    co_await on.files().rename(from, to, how);
    co_return path_end::done;
}

asio::awaitable<void> require_directory(client& on, const std::string& path) {
    const auto info = co_await on.files().stat(path);
    if (info.type == file_type::directory) co_return;
    throw usage_error(quoted_name(path) + " is no directory, and several paths are given",
                      "make it first, or name one path");
}

constexpr std::array works{
    std::pair{std::string_view("stat"), path_work(print_status)},
    std::pair{std::string_view("df"), path_work(print_space)},
    std::pair{std::string_view("rm"), path_work(remove)},
    std::pair{std::string_view("mkdir"), path_work(make_directory)},
    std::pair{std::string_view("chmod"), path_work(change_mode)},
    std::pair{std::string_view("sum"), path_work(print_sum)},
    std::pair{std::string_view("cat"), path_work(print_content)},
    std::pair{std::string_view("du"), path_work(print_usage)},
    std::pair{std::string_view("find"), path_work(find_paths)},
    std::pair{std::string_view("touch"), path_work(touch)},
    std::pair{std::string_view("edit"), path_work(edit)},
    std::pair{std::string_view("watch"), path_work(watch_path)},
};

/// Those whose paths name what is there: their patterns stand for that.
constexpr std::array<std::string_view, 9> with_patterns{"ls", "stat", "rm", "mv", "chmod", "sum", "cat", "du", "find"};

/// The last path of mv is where the others go, and no pattern.
asio::awaitable<std::vector<std::string>> expanded(client& on, const options& o, std::vector<std::string> paths) {
    if (std::ranges::find(with_patterns, o.command) == with_patterns.end()) co_return paths;
    std::vector<std::string> out;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        if (o.command == "mv" && (i + 1 == paths.size() || o.path.exchange)) {
            out.push_back(std::move(paths[i]));
            continue;
        }
        auto fitting = co_await paths_like(on, std::move(paths[i]));
        for (auto& path : fitting) out.push_back(std::move(path));
    }
    co_return out;
}

} // namespace

asio::awaitable<int> work_on_paths(client& on, const options& o, invocation& s) {
    auto typed = paths_of(o);
    const auto paths = co_await expanded(on, o, std::move(typed));
    if (o.command == "ls") co_return co_await list_paths(on, o, paths);
    if (o.command == "ln") {
        if (o.path.symbolic)
            co_await on.files().make_symlink(paths.front(), o.path.target);
        else
            co_await on.files().make_link(paths.at(0), paths.at(1));
        co_return exit_code::success;
    }
    if (o.command == "mv") {
        auto to = paths.back();
        const std::vector sources(paths.begin(), paths.end() - 1);
        if (sources.size() > 1) co_await require_directory(on, to);
        const one_path_work work = [&](std::string from) { return move(on, o, std::move(from), to); };
        co_return co_await each_path(on, o, sources, work);
    }
    const auto each = std::ranges::find(works, o.command, &std::pair<std::string_view, path_work>::first)->second;
    const one_path_work work = [&](std::string path) { return each(on, o, s, std::move(path)); };
    co_return co_await each_path(on, o, paths, work);
}

} // namespace tug::cli
