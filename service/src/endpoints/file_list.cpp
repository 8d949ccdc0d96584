// file.list: a tree as lines of JSON, in memory that does not depend on its size.

#include "endpoints/endpoints.hpp"
#include "endpoints/file_info.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/os/errno.hpp>
#include <tug/os/path_text.hpp>
#include <tug/os/temporary_name.hpp>
#include <tug/os/tree_walk.hpp>

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

/// The lines of one listing, made on file threads.
class listing {
public:
    listing(context& shared, const caller& who, const proto::file_list_params& params)
        : shared_(shared), who_(who), params_(params) {}

    [[nodiscard]] proto::result<void> open() {
        const auto find = [&](const os::root& files) { return files.open_directory(params_.path); };
        auto top = in_root_of(shared_.files, who_, find);
        if (!top) return top.error();
        auto walk = os::tree_walk::begin(std::move(*top), params_.recursive);
        if (!walk) return os::file_failure(walk.error().value(), "cannot list " + os::quoted(params_.path));
        walk_.emplace(std::move(*walk));
        return {};
    }

    /// Whole lines, a batch of them; empty at the end.
    [[nodiscard]] std::string next() {
        std::string lines;
        while (lines.size() < batch) {
            auto entry = walk_->next();
            if (!entry) break;
            if (is_unfinished(*entry)) continue;
            lines += json::serialize(line_for(std::move(*entry)).to_json());
            lines += '\n';
        }
        return lines;
    }

    [[nodiscard]] const proto::file_list_result& counts() const noexcept { return counts_; }

private:
    /// What has come of an interrupted put is no file yet.
    [[nodiscard]] static bool is_unfinished(const os::tree_entry& entry) {
        const auto name = std::string_view(entry.path).substr(entry.path.rfind('/') + 1);
        return os::is_partial_name(name) && (!entry.status || entry.status->type != proto::file_type::directory);
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

    context& shared_;
    const caller& who_;
    const proto::file_list_params& params_;
    std::optional<os::tree_walk> walk_;
    account_names names_;
    proto::file_list_result counts_;
};

/// False where the client wants no more.
asio::awaitable<proto::result<bool>> send(call& c, std::string_view lines) {
    while (!lines.empty()) {
        auto piece = proto::chunk::copy_of(lines.substr(0, proto::piece_size));
        lines.remove_prefix(piece.size());
        const auto sent = co_await c.write(entries, std::move(piece));
        if (!sent || !*sent) co_return sent;
    }
    co_return true;
}

} // namespace

asio::awaitable<answer> file_list(context& shared, call& c, proto::file_list_params params) {
    listing all(shared, c.who(), params);
    const auto begin = [&all] { return all.open(); };
    const auto begun = co_await net::run_blocking(c.files(), begin);
    if (!begun) co_return begun.error();
    for (;;) {
        const auto credit = co_await c.credit(entries);
        if (!credit) co_return credit.error();
        if (*credit == 0) break;
        const auto work = [&all] { return all.next(); };
        const auto lines = co_await net::run_blocking(c.files(), work);
        if (lines.empty()) break;
        const auto sent = co_await send(c, lines);
        if (!sent) co_return sent.error();
        if (!*sent) break;
    }
    co_return json::value(all.counts().to_json());
}

} // namespace tug::service
