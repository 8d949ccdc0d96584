// file.copy: a file in a second place, without its bytes going over the connection.

#include "endpoints/copy_in_steps.hpp"
#include "endpoints/endpoints.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/os/file_copy.hpp>

#include <optional>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// The copy, on file threads.
class copying {
public:
    copying(context& shared, const caller& who, const proto::file_copy_params& params)
        : shared_(shared), who_(who), params_(params) {}

    [[nodiscard]] proto::result<void> open() {
        auto opened = in_root_of(shared_.files, who_, [this](const os::root& files) { return open_both(files); });
        if (!opened) return opened.error();
        copy_.emplace(std::move(*opened));
        root_changes_ = shared_.files.changes();
        return {};
    }

    /// True when all is there.
    [[nodiscard]] proto::result<bool> step() { return copy_->step(); }

    [[nodiscard]] proto::result<proto::file_copy_result> commit() {
        // In a directory that no path leads to any more the file would be out of sight.
        const auto now = shared_.files.now();
        if (!now) return now.error();
        if (shared_.files.changes() != root_changes_)
            return proto::failure(proto::errc::io_error, "the root directory of tugd became another one while the file "
                                                         "was being copied; copy it again");
        if (const auto stored = copy_->commit(); !stored) return stored.error();
        proto::file_copy_result out;
        out.size = copy_->size();
        out.reflink = copy_->reflinked();
        return out;
    }

    void discard() noexcept {
        if (copy_) copy_->discard();
    }

private:
    [[nodiscard]] proto::result<os::file_copy> open_both(const os::root& files) const {
        auto source = files.open_read(params_.from);
        if (!source) return of_field(source.error(), "from");
        auto target = files.open_parent(params_.to, params_.make_parents, params_.durable,
                                        params_.follow ? os::last_link::followed : os::last_link::kept);
        if (!target) return of_field(target.error(), "to");
        shared_.sweeper.before_put(target->directory.get(), shared_.settings.keep_partial);
        os::staged_options how;
        how.durable = params_.durable;
        how.overwrite = params_.overwrite;
        return os::file_copy::begin(std::move(*source), std::move(*target), how);
    }

    context& shared_;
    const caller& who_;
    const proto::file_copy_params& params_;
    std::optional<os::file_copy> copy_;
    std::uint64_t root_changes_ = 0;
};

} // namespace

asio::awaitable<answer> file_copy(context& shared, call& c, proto::file_copy_params params) {
    copying work(shared, c.who(), params);
    const auto copied = co_await copy_in_steps(c, work);
    // Freeing what a big file took can block, and is not for this thread.
    const auto discard = [&work] { work.discard(); };
    if (!copied) {
        co_await net::run_blocking(c.files(), discard);
        co_return copied.error();
    }
    co_return boost::json::value(copied->to_json());
}

} // namespace tug::service
