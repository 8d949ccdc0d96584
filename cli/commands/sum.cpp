// sum: digests, in the form of sha256sum and xxhsum, so that these can check them.

#include "cli/local/file_text.hpp"
#include "cli/local/report.hpp"
#include "path_work.hpp"
#include "sum_lines.hpp"

#include <tug/bytes.hpp>
#include <tug/files.hpp>

#include <boost/json/object.hpp>

#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

bool print_one(const options& o, std::string_view digest, const std::string& path, std::uint64_t size) {
    if (!o.json) return print_text(sum_line(digest, path));
    return print_json(boost::json::object{{"path", bytes_to_json(path)}, {"size", size}, {"digest", digest}});
}

asio::awaitable<path_end> print_below(client& on, const options& o, std::string path, list_options how) {
    auto all = co_await on.files().list(path, std::move(how));
    auto end = path_end::done;
    if (!path.ends_with('/')) path += '/';
    for (;;) {
        const auto entry = co_await all.next();
        if (!entry) co_return end;
        if (!entry->info) {
            print_error(quoted_name(path + entry->path) + " cannot be read (" + entry->error + ")",
                        "check its permissions");
            end = path_end::in_part;
        } else if (!entry->digest.empty() && !print_one(o, entry->digest, path + entry->path, entry->info->size)) {
            co_return path_end::unwritten;
        }
    }
}

} // namespace

asio::awaitable<path_end> print_sum(client& on, const options& o, invocation& s, std::string path) {
    if (!o.path.check.empty()) co_return co_await check_sums(on, o, s, std::move(path));
    const auto kind = o.path.sha256 ? digest_kind::sha256 : digest_kind::xxh3_128;
    if (o.path.recursive) {
        const auto info = co_await on.files().stat(path);
        if (info.type == file_type::directory) {
            list_options below;
            below.how = depth::all;
            below.digest = kind;
            co_return co_await print_below(on, o, std::move(path), std::move(below));
        }
    }
    digest_options how;
    how.kind = kind;
    const auto made = co_await on.files().digest(path, how);
    co_return written(print_one(o, made.digest, path, made.bytes));
}

} // namespace tug::cli
