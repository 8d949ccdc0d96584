#include "trees.hpp"

#include "cli/arguments/call_options.hpp"
#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/hosts/connection_settings.hpp"
#include "cli/local/file_text.hpp"
#include "cli/local/progress.hpp"
#include "cli/local/report.hpp"

#include <tug/bytes.hpp>
#include <tug/transfer.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

std::string directory_name(const std::string& local) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(local.c_str(), nullptr), &std::free);
    const auto name = real ? std::string(base_name(std::string_view(real.get()))) : std::string();
    if (name.empty())
        throw usage_error(quoted_name(local) + " has no name of its own", "name a directory below the root");
    return name;
}

namespace {

/// As rsync does it: over a network what differs is found faster than all is sent, and on this host it is not.
bool wants_delta(const options& o, std::string_view host) {
    if (o.command != "sync") return o.transfer.delta && !o.file.no_overwrite;
    return o.transfer.delta || (!o.copy.whole_file && !is_this_host(settings_for(o, host)));
}

} // namespace

tree_options tree_options_of(const options& o, std::string_view host) {
    tree_options how;
    for (const auto& pattern : o.copy.exclude) how.exclude(pattern);
    if (o.copy.replace) how.mode(tree_mode::replace);
    how.owner(o.copy.owner).durable(!o.copy.no_durable && !o.file.no_durable).make_parents(o.file.make_parents);
    if (o.timeout) how.timeout(*o.timeout);
    if (o.command == "sync") {
        how.compare(o.copy.checksum ? tree_compare::digests : tree_compare::times);
        how.remove(o.copy.remove).dry_run(o.copy.dry_run);
    }
    if (wants_delta(o, host)) {
        how.delta();
        if (o.command != "sync") how.compare(tree_compare::digests); // a time decides nothing there
    }
    if (o.transfer.limit_rate) how.limit_rate(*o.transfer.limit_rate);
    take_compression(how, o.transfer);
    return how;
}

boost::json::object json_of(const tree_summary& done, const std::string& path) {
    boost::json::array notes;
    for (const auto& note : done.notes) notes.push_back({{"path", bytes_to_json(note.path)}, {"why", note.why}});
    return {{"path", bytes_to_json(path)}, {"files", done.files},     {"directories", done.directories},
            {"symlinks", done.symlinks},   {"bytes", done.bytes},     {"unchanged", done.unchanged},
            {"removed", done.removed},     {"skipped", done.skipped}, {"changed", done.changed},
            {"patched", done.patched},     {"reused", done.reused},   {"digest", done.digest},
            {"notes", std::move(notes)}};
}

namespace {

/// Of the tries of this very command.
std::string token_of_transfer(const std::string& local, const std::string& remote) {
    const auto begun = std::chrono::system_clock::now().time_since_epoch().count();
    return resume_token({local, remote, std::to_string(::getpid()), std::to_string(begun)});
}

std::string last_name(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return std::string(base_name(path));
}

tree_options options_of(const options& o, progress_bar& bar, std::string_view host = {}) {
    auto how = tree_options_of(o, host);
    if (bar.visible()) how.on_progress([&bar](const tree_progress& p) { bar.show(p); });
    return how;
}

std::string summary_line(const options& o, const tree_summary& done, std::chrono::duration<double> took) {
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%.2f s", took.count());
    const auto count = [](std::uint64_t n, const char* what) { return ", " + std::to_string(n) + " " + what; };
    auto line = o.command + ": " + std::to_string(done.files) + " files (" + human_bytes(done.bytes);
    if (done.reused > 0) line += ", " + human_bytes(done.reused) + " of it not sent";
    if (done.patched > 0 && o.copy.dry_run) line += count(done.patched, "of them as what differs");
    line += "), " + std::to_string(done.directories) + " directories";
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
    if (const auto all = done.skipped + done.changed; all > done.notes.size())
        (void)write_all(STDERR_FILENO, "tug: and " + std::to_string(all - done.notes.size()) + " more\n");
    return exit_code::success;
}

std::string path_on_host(const options& o, const std::string& typed) {
    auto path = resolve_remote(typed, o.host).path;
    return path.empty() ? "." : path;
}

} // namespace

namespace {

/// What a first try has written is the same already for the next. A new tree whose answer is lost may be there, and a
/// second try would be told so.
asio::awaitable<void> run_try(connected_host to, const options& o, invocation& s, transfer_try transfer) {
    if (o.file.no_overwrite)
        co_await transfer(to.on, true);
    else
        co_await with_retries(std::move(to), o, s, std::move(transfer));
}

/// What came of the first try is not sent again.
void compare_again(tree_options& how) {
    const auto& set = how.settings();
    if (set.mode == tree_mode::merge && set.compare == tree_compare::nothing) how.compare(tree_compare::times);
}

} // namespace

bool is_local_directory(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

asio::awaitable<int> put_directory(connected_host to, const options& o, invocation& s, std::string local,
                                   std::string remote) {
    progress_bar bar(!o.quiet && !o.json);
    auto how = options_of(o, bar);
    how.into(directory_name(local));
    if (o.file.no_overwrite) how.mode(tree_mode::fresh);
    how.resume(token_of_transfer(local, remote));
    tree_summary done;
    transfer_try transfer = [&](client& there, bool first) -> asio::awaitable<void> {
        auto now = how;
        if (!first) compare_again(now);
        done = co_await there.put_tree(local, remote, std::move(now));
    };
    co_await run_try(std::move(to), o, s, std::move(transfer));
    co_return finish(o, bar, done, remote);
}

asio::awaitable<int> get_directory(connected_host from, const options& o, invocation& s, std::string remote,
                                   std::string local) {
    progress_bar bar(!o.quiet && !o.json);
    auto how = options_of(o, bar);
    const auto name = last_name(remote);
    if (!name.empty() && name != "." && name != ".." && name != "/") how.into(name);
    tree_summary done;
    transfer_try transfer = [&](client& there, bool first) -> asio::awaitable<void> {
        auto now = how;
        if (!first) compare_again(now);
        done = co_await there.get_tree(remote, local, std::move(now));
    };
    co_await run_try(std::move(from), o, s, std::move(transfer));
    co_return finish(o, bar, done, remote);
}

asio::awaitable<int> copy_directory(client& on, const options& o, std::string from, std::string to) {
    progress_bar bar(!o.quiet && !o.json);
    auto how = tree_options_of(o);
    const auto done = co_await on.copy_tree(std::move(from), to, std::move(how));
    co_return finish(o, bar, done, to);
}

namespace {

/// As rsync -v has it.
bool lists_changes(const options& o) {
    return !o.quiet && (o.verbose || o.copy.itemize || (o.copy.dry_run && !o.json));
}

/// False where it could not be written.
bool print_change(const options& o, const tree_change& change) {
    constexpr std::array kinds{"written", "attributes", "removed"};
    const bool removed = change.what == tree_change::kind::removed;
    if (o.json) {
        boost::json::object members{{"change", kinds.at(static_cast<std::size_t>(change.what))},
                                    {"path", bytes_to_json(change.path)}};
        if (!removed) members["type"] = name_of(change.type);
        if (!removed && change.type == file_type::file) members["size"] = change.size;
        return print_json(members);
    }
    const bool directory = !removed && change.type == file_type::directory;
    const auto name = shown_name(change.path, ::isatty(STDOUT_FILENO) == 1);
    return print_text((removed ? "deleting " : "") + name + (directory ? "/\n" : "\n"));
}

} // namespace

asio::awaitable<int> sync(client& on, const options& o, invocation& s) {
    progress_bar bar(!o.quiet && !o.json && !lists_changes(o));
    auto how = options_of(o, bar, address_of(o));
    bool unwritten = false;
    const auto list = [&](const tree_change& change) {
        unwritten = unwritten || !print_change(o, change);
        if (unwritten) throw error(failure(errc::local_io, "standard output takes no more"));
    };
    if (lists_changes(o)) how.on_change(list);
    const auto& from = o.copy.paths.front();
    const auto& to = o.copy.paths.back();
    how.resume(token_of_transfer(from, to));
    tree_summary done;
    transfer_try transfer = [&](client& there, bool) -> asio::awaitable<void> {
        if (is_remote(to))
            done = co_await there.put_tree(from, path_on_host(o, to), how);
        else
            done = co_await there.get_tree(path_on_host(o, from), to, how);
    };
    try {
        co_await with_retries(on, o, s, std::move(transfer));
    } catch (const error&) {
        if (!unwritten) throw;
        co_return exit_code::failed; // which was said
    }
    co_return finish(o, bar, done, is_remote(to) ? to : from);
}

} // namespace tug::cli
