#include "trees.hpp"

#include "call_options.hpp"
#include "exit_codes.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "usage_error.hpp"

#include <tug/bytes.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

std::string directory_name(const std::string& local) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(local.c_str(), nullptr), &std::free);
    const auto name = real ? std::string(base_name(real.get())) : std::string();
    if (name.empty())
        throw usage_error(quoted_name(local) + " has no name of its own", "name a directory below the root");
    return name;
}

tree_options tree_options_of(const options& o) {
    tree_options how;
    for (const auto& pattern : o.copy.exclude) how.exclude(pattern);
    if (o.copy.replace) how.mode(tree_mode::replace);
    how.owner(o.copy.owner).durable(!o.copy.no_durable && !o.file.no_durable).make_parents(o.file.make_parents);
    if (o.timeout) how.timeout(*o.timeout);
    if (o.command == "sync") {
        if (!o.copy.replace) how.compare(o.copy.checksum ? tree_compare::digests : tree_compare::times);
        how.remove(o.copy.remove).dry_run(o.copy.dry_run);
    }
    return how;
}

boost::json::object json_of(const tree_summary& done, const std::string& path) {
    boost::json::array notes;
    for (const auto& note : done.notes) notes.push_back({{"path", bytes_to_json(note.path)}, {"why", note.why}});
    return {{"path", bytes_to_json(path)}, {"files", done.files},      {"directories", done.directories},
            {"symlinks", done.symlinks},   {"bytes", done.bytes},      {"unchanged", done.unchanged},
            {"removed", done.removed},     {"skipped", done.skipped},  {"changed", done.changed},
            {"digest", done.digest},       {"notes", std::move(notes)}};
}

namespace {

std::string last_name(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return std::string(base_name(path));
}

tree_options options_of(const options& o, progress_bar& bar) {
    auto how = tree_options_of(o);
    if (bar.visible()) how.on_progress([&bar](const tree_progress& p) { bar.show(p.bytes, std::nullopt); });
    return how;
}

std::string summary_line(const options& o, const tree_summary& done, std::chrono::duration<double> took) {
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%.2f s", took.count());
    const auto count = [](std::uint64_t n, const char* what) { return ", " + std::to_string(n) + " " + what; };
    auto line = o.command + ": " + std::to_string(done.files) + " files (" + human_bytes(done.bytes) + "), " +
                std::to_string(done.directories) + " directories";
    if (done.symlinks > 0) line += count(done.symlinks, "symlinks");
    line += o.copy.dry_run ? " would be written" : " written";
    if (done.unchanged > 0) line += count(done.unchanged, "unchanged");
    if (done.removed > 0) line += count(done.removed, o.copy.dry_run ? "to be removed" : "removed");
    if (done.skipped > 0) line += count(done.skipped, "skipped");
    if (done.changed > 0) line += count(done.changed, "changed meanwhile");
    return line + " in " + seconds.data();
}

/// What was not carried over as it is, is said also where there is no summary.
int finish(const options& o, progress_bar& bar, const tree_summary& done, const std::string& path) {
    const auto took = bar.elapsed();
    bar.clear();
    if (o.json) return print_json(json_of(done, path)) ? exit_code::success : exit_code::failed;
    if (wants_summary(o)) (void)write_all(STDERR_FILENO, printable(summary_line(o, done, took)) + "\n");
    if (o.quiet) return exit_code::success;
    for (const auto& note : done.notes) {
        const bool read = note.why == "changed" || note.why == "gone";
        const auto text = read ? " " + note.why + (note.why == "gone" ? " before it was read" : " while it was read")
                               : " is skipped: it is a " + note.why;
        (void)write_all(STDERR_FILENO, "tug: " + quoted_name(note.path) + text + "\n");
    }
    return exit_code::success;
}

std::string path_on_host(const options& o, const std::string& typed) {
    auto path = resolve_remote(typed, o.host).path;
    return path.empty() ? "." : path;
}

} // namespace

bool is_local_directory(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

asio::awaitable<int> put_directory(client& on, const options& o, std::string local, std::string remote) {
    progress_bar bar(!o.quiet && !o.json);
    auto how = options_of(o, bar);
    how.into(directory_name(local));
    if (o.file.no_overwrite) how.mode(tree_mode::fresh);
    const auto done = co_await on.put_tree(local, remote, std::move(how));
    co_return finish(o, bar, done, remote);
}

asio::awaitable<int> get_directory(client& on, const options& o, std::string remote, std::string local) {
    progress_bar bar(!o.quiet && !o.json);
    auto how = options_of(o, bar);
    const auto name = last_name(remote);
    if (!name.empty() && name != "." && name != ".." && name != "/") how.into(name);
    const auto done = co_await on.get_tree(remote, local, std::move(how));
    co_return finish(o, bar, done, remote);
}

asio::awaitable<int> sync(client& on, const options& o) {
    progress_bar bar(!o.quiet && !o.json);
    auto how = options_of(o, bar);
    const auto& from = o.copy.paths.front();
    const auto& to = o.copy.paths.back();
    tree_summary done;
    if (is_remote(to))
        done = co_await on.put_tree(from, path_on_host(o, to), std::move(how));
    else
        done = co_await on.get_tree(path_on_host(o, from), to, std::move(how));
    co_return finish(o, bar, done, is_remote(to) ? to : from);
}

} // namespace tug::cli
