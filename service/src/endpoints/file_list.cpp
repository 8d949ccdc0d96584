// file.list: a tree as lines of JSON, in memory that does not depend on its size.

#include "endpoints/endpoints.hpp"
#include "endpoints/file_info.hpp"
#include "endpoints/send_text.hpp"
#include "endpoints/tree_result.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/os/errno.hpp>
#include <tug/os/file_digest.hpp>
#include <tug/os/path_text.hpp>
#include <tug/os/temporary_name.hpp>
#include <tug/os/tree_walk.hpp>
#include <tug/proto/name_patterns.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t entries = 0; // the one stream

/// What one trip to the pool brings, in bytes, about.
constexpr std::size_t batch = proto::piece_size;

/// And at most what it reads of files for their digests, about.
constexpr std::uint64_t read_at_once = 16UL * 1024 * 1024;

/// The lines of one listing, made on file threads.
class listing {
public:
    listing(context& shared, const caller& who, const proto::file_list_params& params)
        : shared_(shared), who_(who), params_(params), exclude_(params.exclude) {}

    [[nodiscard]] proto::result<void> open() {
        const auto find = [&](const os::root& files) { return files.open_directory(params_.path); };
        auto top = in_root_of(shared_.files, who_, find);
        if (!top) return top.error();
        auto walk = os::tree_walk::begin(std::move(*top), params_.recursive);
        if (!walk) return os::file_failure(walk.error().value(), "cannot list " + os::quoted(params_.path));
        walk_.emplace(std::move(*walk));
        return {};
    }

    /// Whole lines, a batch of them; fewer, or none, where a large file is being read.
    [[nodiscard]] std::string next() {
        std::string lines;
        std::uint64_t read = 0;
        while (lines.size() < batch && read < read_at_once) {
            if (!line_ && !take_entry()) break;
            if (digest_) read += read_file();
            if (digest_) continue;
            append(lines, *line_);
            line_.reset();
        }
        return lines;
    }

    [[nodiscard]] bool done() const noexcept { return done_; }

    [[nodiscard]] const proto::file_list_result& counts() const noexcept { return counts_; }

private:
    /// What has come of an interrupted put is no file yet.
    [[nodiscard]] static bool is_unfinished(const os::tree_entry& entry) {
        const auto name = std::string_view(entry.path).substr(entry.path.rfind('/') + 1);
        return os::is_partial_name(name) && (!entry.status || entry.status->type != proto::file_type::directory);
    }

    /// The next entry that is not left out becomes the line; false at the end.
    bool take_entry() {
        for (;;) {
            auto entry = walk_->next();
            if (!entry) {
                done_ = true;
                return false;
            }
            if (is_unfinished(*entry)) continue;
            const bool directory = entry->status && entry->status->type == os::file_type::directory;
            if (exclude_.match(entry->path, directory)) {
                walk_->skip();
                continue;
            }
            const bool file = entry->status && entry->status->type == os::file_type::file;
            line_ = line_for(std::move(*entry));
            if (file && params_.digest) open_file();
            return true;
        }
    }

    proto::file_list_entry line_for(os::tree_entry entry) {
        proto::file_list_entry line;
        line.path = std::move(entry.path);
        if (entry.status) {
            line.info = info_of(std::move(*entry.status), names_);
            ++counts_.entries;
        } else {
            line.error = os::errno_name(entry.status.error().value());
            ++counts_.errors;
        }
        return line;
    }

    void open_file() {
        auto opened = walk_->open_file();
        if (!opened) {
            unread_ = os::errno_name(opened.error().value());
            return;
        }
        auto begun = os::file_digest::begin(std::move(*opened), {.kind = *params_.digest});
        if (begun) digest_.emplace(std::move(*begun));
    }

    /// Carries on with the digest of the line; gives how many bytes that took.
    std::uint64_t read_file() {
        const auto before = digest_->bytes();
        std::string none;
        const auto step = digest_->step(read_at_once, none);
        const auto read = digest_->bytes() - before;
        if (step && !digest_->done()) return read;
        if (step)
            line_->digest = digest_->finish().to_string();
        else
            unread_ = step.error().os_error.empty() ? "EIO" : step.error().os_error;
        digest_.reset();
        return read;
    }

    /// Of a file that could not be read there is a second line, that says so.
    void append(std::string& lines, const proto::file_list_entry& line) {
        lines += json::serialize(line.to_json());
        lines += '\n';
        if (unread_.empty()) return;
        proto::file_list_entry failed;
        failed.path = line.path;
        failed.error = std::exchange(unread_, {});
        ++counts_.errors;
        lines += json::serialize(failed.to_json());
        lines += '\n';
    }

    context& shared_;
    const caller& who_;
    const proto::file_list_params& params_;
    proto::name_patterns exclude_;
    std::optional<os::tree_walk> walk_;
    std::optional<proto::file_list_entry> line_; ///< Not written yet: its digest is on its way.
    std::optional<os::file_digest> digest_;
    std::string unread_; ///< The errno, where the file of the line could not be read.
    bool done_ = false;
    account_names names_;
    proto::file_list_result counts_;
};

} // namespace

asio::awaitable<answer> file_list(context& shared, call& c, proto::file_list_params params) {
    if (const auto ok = check_patterns(params.exclude); !ok) co_return ok.error();
    listing all(shared, c.who(), params);
    const auto begin = [&all] { return all.open(); };
    const auto begun = co_await net::run_blocking(c.files(), begin);
    if (!begun) co_return begun.error();
    while (!all.done()) {
        const auto credit = co_await c.credit(entries);
        if (!credit) co_return credit.error();
        if (*credit == 0) break;
        const auto work = [&all] { return all.next(); };
        const auto lines = co_await net::run_blocking(c.files(), work);
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        const auto sent = co_await send_text(c, entries, lines);
        if (!sent) co_return sent.error();
        if (!*sent) break;
    }
    co_return json::value(all.counts().to_json());
}

} // namespace tug::service
