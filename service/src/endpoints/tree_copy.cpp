// tree.copy: a directory in a second place, without its bytes going over the connection.

#include "endpoints/copy_in_steps.hpp"
#include "endpoints/endpoints.hpp"
#include "endpoints/tree_result.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/os/errno.hpp>
#include <tug/os/path_text.hpp>
#include <tug/os/tree_reader.hpp>
#include <tug/os/tree_writer.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// Copied in one trip to the pool; between two of them the call can end.
constexpr std::size_t copied_at_once = 4 * proto::piece_size;

/// Whether a directory is `top` or below it. A directory that is moved meanwhile may be taken for one that is.
bool is_within(int directory, const struct stat& top) {
    constexpr int most_levels = 10'000;
    os::unique_fd at(::fcntl(directory, F_DUPFD_CLOEXEC, 0));
    struct stat here{};
    for (int level = 0; level < most_levels && at && ::fstat(at.get(), &here) == 0; ++level) {
        if (here.st_dev == top.st_dev && here.st_ino == top.st_ino) return true;
        os::unique_fd above(::openat(at.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
        struct stat next{};
        if (!above || ::fstat(above.get(), &next) != 0) return false;
        if (next.st_dev == here.st_dev && next.st_ino == here.st_ino) return false; // the root of the host
        at = std::move(above);
    }
    return true;
}

/// The copy, on file threads: what a reader makes of one directory goes to the writer of the other.
class tree_copying {
public:
    tree_copying(context& shared, const caller& who, const proto::tree_copy_params& params)
        : shared_(shared), who_(who), params_(params) {}

    [[nodiscard]] proto::result<void> open() {
        root_changes_ = shared_.files.changes();
        return in_root_of(shared_.files, who_, [this](const os::root& files) { return open_both(files); });
    }

    /// True when all is there.
    [[nodiscard]] proto::result<bool> step() {
        std::string none;
        if (writer_->has_work()) {
            if (auto worked = writer_->work(none); !worked) return worked.error();
            return reader_->done() && !writer_->has_work();
        }
        const auto pieces = reader_->read(copied_at_once);
        if (!pieces) return pieces.error();
        for (const auto& piece : *pieces)
            if (auto written = writer_->feed(piece.bytes()); !written) return written.error();
        if (auto file = reader_->take_file())
            if (auto begun = writer_->begin_copy(std::move(file->head), std::move(file->file)); !begun)
                return begun.error();
        return reader_->done() && !writer_->has_work();
    }

    [[nodiscard]] proto::result<proto::tree_result> commit() {
        const auto now = shared_.files.now();
        if (!now) return now.error();
        if (shared_.files.changes() != root_changes_)
            return proto::failure(proto::errc::io_error, "the root directory of tugd became another one while the tree "
                                                         "was being copied; copy it again");
        if (auto stored = writer_->commit(); !stored) return stored.error();
        auto out = result_of(writer_->counts());
        out.changed = reader_->counts().changed + writer_->changed_copies();
        return out;
    }

    /// Removes what was staged.
    void discard() noexcept { writer_.reset(); }

private:
    [[nodiscard]] proto::result<void> open_both(const os::root& files) {
        auto from = files.open_directory(params_.from);
        if (!from) return of_field(from.error(), "from");
        struct stat top{};
        if (::fstat(from->get(), &top) != 0)
            return os::file_failure(errno, "cannot look at " + os::quoted(params_.from));
        if (auto opened = open_target(files, top); !opened) return opened;
        os::tree_read_options how;
        how.owner = params_.owner;
        how.by_file = true;
        how.exclude = proto::name_patterns(params_.exclude);
        auto reader = os::tree_reader::begin(std::move(*from), std::move(how));
        if (!reader) return reader.error();
        reader_.emplace(std::move(*reader));
        return {};
    }

    [[nodiscard]] proto::result<void> open_target(const os::root& files, const struct stat& source) {
        std::string path = params_.to;
        while (path.size() > 1 && path.ends_with('/')) path.pop_back();
        os::tree_write_options how;
        how.owner = params_.owner;
        how.durable = params_.durable;
        const auto there = files.open_directory(path);
        if (!there && there.error().code != proto::errc::not_found) return of_field(there.error(), "to");
        if (there && params_.mode == proto::tree_mode::merge) {
            os::unique_fd top(::openat(there->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            if (!top) return os::file_failure(errno, "cannot open " + os::quoted(path));
            if (is_within(top.get(), source)) return into_itself();
            writer_.emplace(std::move(top), how);
            return {};
        }
        auto place = files.open_parent(path, params_.make_parents, params_.durable);
        if (!place) return of_field(place.error(), "to");
        if (is_within(place->directory.get(), source)) return into_itself();
        shared_.sweeper.before_put(place->directory.get(), shared_.settings.keep_partial);
        const bool replace = params_.mode == proto::tree_mode::replace;
        auto staged = os::staged_tree::create(std::move(place->directory), std::move(place->name),
                                              replace ? os::tree_target::directory : os::tree_target::none);
        if (!staged) return staged.error();
        writer_.emplace(std::move(*staged), how);
        return {};
    }

    [[nodiscard]] proto::failure into_itself() const {
        return proto::failure::bad_field("to", "is the directory " + os::quoted(params_.from) + " itself, or in it");
    }

    context& shared_;
    const caller& who_;
    const proto::tree_copy_params& params_;
    std::optional<os::tree_reader> reader_;
    std::optional<os::tree_writer> writer_;
    std::uint64_t root_changes_ = 0;
};

} // namespace

asio::awaitable<answer> tree_copy(context& shared, call& c, proto::tree_copy_params params) {
    if (const auto ok = check_patterns(params.exclude); !ok) co_return ok.error();
    tree_copying work(shared, c.who(), params);
    const auto copied = co_await copy_in_steps(c, work);
    const auto discard = [&work] { work.discard(); }; // removing a tree takes its time
    co_await net::run_blocking(c.files(), discard);
    if (!copied) co_return copied.error();
    co_return boost::json::value(copied->to_json());
}

} // namespace tug::service
