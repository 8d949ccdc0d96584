// ls: what is in directories of the host, as ls(1) prints it.

#include "cli/arguments/exit_codes.hpp"
#include "cli/hosts/invocation.hpp"
#include "cli/local/file_text.hpp"
#include "cli/local/report.hpp"
#include "each_path.hpp"
#include "path_work.hpp"

#include <tug/bytes.hpp>
#include <tug/files.hpp>
#include <tug/os/path_text.hpp>

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// What is printed of one path.
struct line {
    std::string path;
    file_info info;
};

/// False where it could not be written.
bool print_line(const options& o, const line& of) {
    if (o.json) return print_json(to_json(of.path, of.info));
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    std::string text;
    if (o.path.long_format) text = long_line(of.info, std::time(nullptr), o.path.human);
    text += shown_name(of.path, terminal);
    if (o.path.long_format && of.info.target) text += " -> " + shown_name(*of.info.target, terminal);
    return print_text(text + "\n");
}

bool is_hidden(std::string_view path) {
    return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

/// They come in the order of their names, which is that of equal ones too.
void put_in_order(const path_options& o, std::vector<line>& lines) {
    if (o.by_size)
        std::ranges::stable_sort(lines, std::ranges::greater(), [](const line& l) { return l.info.size; });
    else if (o.by_time)
        std::ranges::stable_sort(lines, std::ranges::greater(), [](const line& l) { return l.info.mtime_ns; });
    if (o.reversed) std::ranges::reverse(lines);
}

/// The entries of a directory. They are kept for as long as others may have to be printed before them.
asio::awaitable<path_end> print_entries(client& on, const options& o, std::string directory, std::string prefix) {
    const auto& how = o.path;
    const bool as_they_come = !how.by_size && !how.by_time && !how.reversed;
    std::vector<line> kept;
    auto end = path_end::done;
    auto all = co_await on.files().list(std::move(directory), how.recursive ? depth::all : depth::one);
    for (;;) {
        const auto entry = co_await all.next();
        if (!entry) break;
        if (!how.all && is_hidden(entry->path)) continue;
        if (!entry->info) {
            print_error(quoted_name(entry->path) + " cannot be read (" + entry->error + ")", "check its permissions");
            end = path_end::in_part;
            continue;
        }
        line one{prefix.empty() ? entry->path : os::path_in(prefix, entry->path), *entry->info};
        if (!as_they_come)
            kept.push_back(std::move(one));
        else if (!print_line(o, one))
            co_return path_end::unwritten;
    }
    put_in_order(how, kept);
    for (const auto& one : kept)
        if (!print_line(o, one)) co_return path_end::unwritten;
    co_return end;
}

/// What is no directory, or is not to be looked into, is printed; the others are left for later.
asio::awaitable<path_end> print_or_keep(client& on, const options& o, std::vector<std::string>& directories,
                                        std::string path) {
    const auto info = co_await on.files().stat(path, o.path.itself ? symlinks::keep : symlinks::follow);
    if (info.type != file_type::directory || o.path.itself) co_return written(print_line(o, {path, info}));
    directories.push_back(std::move(path));
    co_return path_end::done;
}

/// A directory of several: `heading` tells from which one the lines are.
asio::awaitable<path_end> print_one_of_several(client& on, const options& o, std::string heading, std::string path) {
    auto prefix = o.json ? path : std::string();
    if (!o.json && !print_text(heading)) co_return path_end::unwritten;
    co_return co_await print_entries(on, o, std::move(path), std::move(prefix));
}

} // namespace

asio::awaitable<int> list_paths(client& on, const options& o, std::vector<std::string> paths) {
    std::vector<std::string> directories;
    const one_path_work look = [&](std::string path) { return print_or_keep(on, o, directories, std::move(path)); };
    const int looked = co_await each_path(on, o, paths, look);
    bool first = directories.size() == paths.size(); // nothing stands above it
    const one_path_work list = [&](std::string path) {
        if (paths.size() == 1) return print_entries(on, o, std::move(path), "");
        auto heading =
            (std::exchange(first, false) ? "" : "\n") + shown_name(path, ::isatty(STDOUT_FILENO) == 1) + ":\n";
        return print_one_of_several(on, o, std::move(heading), std::move(path));
    };
    const int listed = co_await each_path(on, o, directories, list);
    co_return std::max(looked, listed);
}

} // namespace tug::cli
