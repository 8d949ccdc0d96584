// find: paths below directories of the host, as find(1) prints them.

#include "cli/local/file_text.hpp"
#include "cli/local/report.hpp"
#include "path_work.hpp"

#include <tug/files.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// The tests of one command line.
class tests {
public:
    tests(const find_options& o, std::optional<std::int64_t> newer_than_ns)
        : options_(o), newer_than_ns_(newer_than_ns) {}

    [[nodiscard]] bool pass(std::string_view path, const file_info& info) const {
        const auto name = base_name(path);
        const auto one_of = [](const auto& patterns, std::string_view text) {
            return patterns.empty() ||
                   std::ranges::any_of(patterns, [&](const auto& pattern) { return matches(pattern, text); });
        };
        if (!one_of(options_.names, name.empty() ? path : name) || !one_of(options_.paths, path)) return false;
        if (!options_.types.empty() && options_.types.find(letter_of(info.type)) == std::string::npos) return false;
        if (options_.size && !options_.size->match(static_cast<std::int64_t>(info.size))) return false;
        if (options_.days && !options_.days->match(days_since(info.mtime_ns))) return false;
        return !newer_than_ns_ || info.mtime_ns > *newer_than_ns_;
    }

private:
    static char letter_of(file_type type) noexcept {
        const auto letter = type_letter(type);
        return letter == '-' ? 'f' : letter;
    }

    /// Whole ones, as find counts them.
    [[nodiscard]] std::int64_t days_since(std::int64_t mtime_ns) const noexcept {
        constexpr std::int64_t day_ns = 86'400LL * 1'000'000'000;
        return (now_ns_ - mtime_ns) / day_ns;
    }

    const find_options& options_;
    std::optional<std::int64_t> newer_than_ns_;
    std::int64_t now_ns_ =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
};

bool print(const options& o, const std::string& path, const file_info& info) {
    if (o.json) return print_json(to_json(path, info));
    if (o.path.find.print0) return print_text(path + std::string(1, '\0'));
    return print_text(shown_name(path, ::isatty(STDOUT_FILENO) == 1) + "\n");
}

asio::awaitable<path_end> find_below(client& on, const options& o, const tests& wanted, std::string path) {
    list_options how;
    how.how = o.path.find.max_depth == 1U ? depth::one : depth::all;
    auto all = co_await on.files().list(path, std::move(how));
    auto end = path_end::done;
    if (!path.ends_with('/')) path += '/';
    for (;;) {
        const auto entry = co_await all.next();
        if (!entry) co_return end;
        const auto deep = static_cast<std::uint64_t>(std::ranges::count(entry->path, '/')) + 1;
        if (o.path.find.max_depth && deep > *o.path.find.max_depth) continue;
        const auto full = path + entry->path;
        if (!entry->info) {
            print_error(quoted_name(full) + " cannot be read (" + entry->error + ")", "check its permissions");
            end = path_end::in_part;
        } else if (wanted.pass(full, *entry->info) && !print(o, full, *entry->info)) {
            co_return path_end::unwritten;
        }
    }
}

} // namespace

asio::awaitable<path_end> find_paths(client& on, const options& o, invocation&, std::string path) {
    std::optional<std::int64_t> newer_than;
    if (!o.path.find.newer.empty()) {
        const auto& typed = o.path.find.newer;
        auto there = is_remote(typed) ? resolve_remote(typed, o.host).path : typed;
        const auto reference = co_await on.files().stat(std::move(there));
        newer_than = reference.mtime_ns;
    }
    const tests wanted(o.path.find, newer_than);
    const auto info = co_await on.files().stat(path, path.ends_with('/') ? symlinks::follow : symlinks::keep);
    if (wanted.pass(path, info) && !print(o, path, info)) co_return path_end::unwritten;
    if (info.type != file_type::directory || o.path.find.max_depth == 0U) co_return path_end::done;
    co_return co_await find_below(on, o, wanted, std::move(path));
}

} // namespace tug::cli
