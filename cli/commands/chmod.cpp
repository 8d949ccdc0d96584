// chmod: permission bits, of one file or of all that is below a directory.

#include "cli/arguments/mode_changes.hpp"
#include "cli/hosts/invocation.hpp"
#include "cli/local/report.hpp"
#include "each_path.hpp"
#include "path_work.hpp"
#include "side_by_side.hpp"

#include <tug/error.hpp>
#include <tug/files.hpp>
#include <tug/os/path_text.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// A file, or a directory and all that is below it, one directory after the other: each has its new bits before it is
/// looked into, so that rights that are given here are there for that. Symlinks are left alone.
class mode_tree {
public:
    mode_tree(client& on, const options& o) : on_(on), options_(o) {}

    asio::awaitable<path_end> run(std::string top) {
        const auto info = co_await on_.files().stat(top);
        co_await change(top, info, symlinks::follow);
        if (options_.path.recursive && info.type == file_type::directory) directories_.push_back(std::move(top));
        while (!directories_.empty()) {
            auto next = std::move(directories_.back());
            directories_.pop_back();
            co_await change_entries(std::move(next));
        }
        co_return end_;
    }

private:
    struct found {
        std::string path;
        file_info info;
    };

    asio::awaitable<void> change(const std::string& path, const file_info& info, symlinks at_end) {
        constexpr std::uint32_t special = 07000;
        const auto& to = *options_.path.mode_change;
        if (!to.fixed() && (info.mode & special) != 0)
            throw error(failure(errc::invalid_params, quoted_name(path) + " has setuid, setgid or sticky bits, which "
                                                                          "would be lost; an octal mode takes them "
                                                                          "away"));
        file_attributes set;
        set.mode = to.applied_to(info.mode, info.type == file_type::directory);
        co_await on_.files().set(path, set, at_end);
    }

    asio::awaitable<void> change_entries(std::string directory) {
        try {
            entries_ = co_await list(directory);
        } catch (const error& e) {
            fail(e);
        }
        next_ = 0;
        const std::function<asio::awaitable<void>()> worker = [this] { return one_after_the_other(); };
        co_await side_by_side(worker);
        for (auto& entry : entries_)
            if (entry.info.type == file_type::directory) directories_.push_back(std::move(entry.path));
        entries_.clear();
    }

    asio::awaitable<std::vector<found>> list(std::string directory) {
        std::vector<found> out;
        auto all = co_await on_.files().list(directory);
        for (;;) {
            const auto entry = co_await all.next();
            if (!entry) break;
            auto path = os::path_in(directory, entry->path);
            if (!entry->info) {
                print_error(quoted_name(path) + " cannot be read (" + entry->error + ")", "check its permissions");
                end_ = path_end::in_part;
            } else if (entry->info->type != file_type::symlink) {
                out.push_back({std::move(path), *entry->info});
            }
        }
        co_return out;
    }

    asio::awaitable<void> one_after_the_other() {
        while (next_ < entries_.size()) {
            const auto& entry = entries_[next_++];
            try {
                co_await change(entry.path, entry.info, symlinks::keep); // it may have become a link meanwhile
            } catch (const error& e) {
                fail(e);
            }
        }
    }

    /// The next ones go on, unless it ends them too. To be called in a handler.
    void fail(const error& e) {
        if (ends_all(on_, e.failure().code)) throw;
        report_one(options_, e.failure());
        end_ = path_end::in_part;
    }

    client& on_;
    const options& options_;
    std::vector<std::string> directories_; ///< That have their bits and are still to be looked into.
    std::vector<found> entries_;           ///< Of one directory.
    std::size_t next_ = 0;
    path_end end_ = path_end::done;
};

} // namespace

asio::awaitable<path_end> change_mode(client& on, const options& o, invocation&, std::string path) {
    const auto& to = *o.path.mode_change;
    if (!o.path.recursive && to.fixed()) { // without a look at the file
        file_attributes set;
        set.mode = to.fixed();
        co_await on.files().set(path, set);
        co_return path_end::done;
    }
    mode_tree all(on, o);
    co_return co_await all.run(std::move(path));
}

} // namespace tug::cli
