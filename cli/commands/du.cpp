// du: how large files are, and all below directories, as `du --apparent-size --bytes` counts.

#include "cli/local/file_text.hpp"
#include "cli/local/report.hpp"
#include "path_work.hpp"

#include <tug/bytes.hpp>
#include <tug/files.hpp>

#include <boost/json/object.hpp>

#include <unistd.h>

#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// The directories on the way to the entry that came last, from the one that was named on, which all entries are below.
/// Each is printed when all that is in it was counted.
class sums {
public:
    sums(const options& o, std::string top, std::uint64_t own_size) : options_(o) {
        open_.push_back({std::move(top), own_size});
    }

    /// False where it could not be written.
    bool take(const std::string& path, const file_info& info) {
        while (open_.size() > 1 && !path.starts_with(open_.back().path + "/"))
            if (!close()) return false;
        if (info.type == file_type::directory)
            open_.push_back({path, info.size});
        else
            open_.back().bytes += info.size;
        return true;
    }

    bool finish() {
        while (!open_.empty())
            if (!close()) return false;
        return true;
    }

private:
    struct directory {
        std::string path;
        std::uint64_t bytes;
    };

    bool close() {
        const auto done = std::move(open_.back());
        open_.pop_back();
        if (!open_.empty()) open_.back().bytes += done.bytes;
        if (options_.path.summary && !open_.empty()) return true;
        if (options_.json)
            return print_json(boost::json::object{{"path", bytes_to_json(done.path)}, {"bytes", done.bytes}});
        const auto size = options_.path.human ? size_text(done.bytes) : std::to_string(done.bytes);
        return print_text(size + "\t" + shown_name(done.path, ::isatty(STDOUT_FILENO) == 1) + "\n");
    }

    const options& options_;
    std::vector<directory> open_;
};

} // namespace

asio::awaitable<path_end> print_usage(client& on, const options& o, invocation&, std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const auto info = co_await on.files().stat(path, symlinks::keep);
    sums all(o, path, info.size);
    auto end = path_end::done;
    if (info.type == file_type::directory) {
        const auto prefix = path == "/" ? path : path + "/";
        auto listed = co_await on.files().list(path, depth::all);
        for (;;) {
            const auto entry = co_await listed.next();
            if (!entry) break;
            if (!entry->info) {
                print_error(quoted_name(prefix + entry->path) + " cannot be read (" + entry->error + ")",
                            "check its permissions");
                end = path_end::in_part;
            } else if (!all.take(prefix + entry->path, *entry->info)) {
                co_return path_end::unwritten;
            }
        }
    }
    co_return all.finish() ? end : path_end::unwritten;
}

} // namespace tug::cli
