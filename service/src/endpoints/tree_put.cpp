// tree.put: a stream of entries becomes a tree; what is there already is said first where the client asks for it.

#include "endpoints/endpoints.hpp"
#include "endpoints/look_permission.hpp"
#include "endpoints/tree_result.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"
#include <tug/os/errno.hpp>

#include <tug/net/task_group.hpp>
#include <tug/net/tree_streams.hpp>
#include <tug/os/path_text.hpp>

#include <fcntl.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

constexpr net::tree_stream_ids streams;
constexpr net::tree_stream_ids listing_only{streams.have};

/// Where the tree goes, on the blocking pool.
class tree_upload {
public:
    tree_upload(context& shared, const caller& who, const proto::tree_put_params& params)
        : shared_(shared), who_(who), params_(params) {}

    [[nodiscard]] proto::result<void> open() {
        root_changes_ = shared_.files.changes();
        return in_root_of(shared_.files, who_, [this](const os::root& files) { return open_in(files); });
    }

    /// Null for a dry run.
    [[nodiscard]] os::tree_writer* writer() noexcept { return writer_ ? &*writer_ : nullptr; }

    /// What is there; none where nothing is, or was asked for.
    [[nodiscard]] os::tree_reader* listing() noexcept { return listing_ ? &*listing_ : nullptr; }

    [[nodiscard]] proto::result<void> commit() {
        const auto now = shared_.files.now();
        if (!now) return now.error();
        if (shared_.files.changes() != root_changes_)
            return proto::failure(proto::errc::io_error, "the root directory of tugd became another one while the tree "
                                                         "was being sent; send it again");
        return writer_ ? writer_->commit() : proto::result<void>();
    }

    void discard() noexcept { writer_.reset(); }

private:
    [[nodiscard]] proto::result<void> open_in(const os::root& files) {
        auto path = target_path(files);
        if (!path) return path.error();
        auto there = files.open_directory(*path);
        if (!there && there.error().code != proto::errc::not_found) return there.error();
        if (there && params_.have != proto::have_list::none)
            if (auto listed = list(*there); !listed) return listed;
        if (params_.dry_run) return {};
        os::tree_write_options how;
        how.remove = params_.remove;
        how.owner = params_.owner;
        how.durable = params_.durable;
        how.delta = params_.delta;
        if (there && params_.mode == proto::tree_mode::merge) {
            os::unique_fd top(::openat(there->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            if (!top) return os::file_failure(errno, "cannot open " + os::quoted(*path));
            writer_.emplace(std::move(top), how);
            return {};
        }
        auto place = files.open_parent(*path, params_.make_parents, params_.durable);
        if (!place) return place.error();
        shared_.sweeper.before_put(place->directory.get(), shared_.settings.keep_partial);
        const bool replace = params_.mode == proto::tree_mode::replace;
        auto staged = os::staged_tree::create(std::move(place->directory), std::move(place->name),
                                              replace ? os::tree_target::directory : os::tree_target::none);
        if (!staged) return staged.error();
        writer_.emplace(std::move(*staged), how);
        if (there && listing_) writer_->take_from(std::move(*there));
        return {};
    }

    /// With `into` a directory takes the tree under that name, as cp(1) does.
    [[nodiscard]] proto::result<std::string> target_path(const os::root& files) const {
        std::string path = params_.path;
        const bool slash = path.ends_with('/');
        if (params_.into.find('/') != std::string::npos || params_.into == "." || params_.into == "..")
            return proto::failure::bad_field("into", "must be a single name");
        if (!params_.into.empty()) {
            const auto directory = files.open_directory(path);
            const bool missing = !directory && directory.error().code == proto::errc::not_found;
            if (!directory && (!missing || (slash && !params_.make_parents))) return directory.error();
            if (directory || slash) path.append(slash ? "" : "/").append(params_.into);
        }
        while (path.size() > 1 && path.ends_with('/')) path.pop_back();
        return path;
    }

    [[nodiscard]] proto::result<void> list(const os::unique_fd& top) {
        os::tree_read_options how;
        how.listing = true;
        how.owner = params_.owner;
        how.digests = params_.have == proto::have_list::digests;
        how.exclude = proto::name_patterns(params_.exclude);
        auto reader = os::tree_reader::begin(os::unique_fd(::fcntl(top.get(), F_DUPFD_CLOEXEC, 0)), std::move(how));
        if (!reader) return reader.error();
        listing_.emplace(std::move(*reader));
        return {};
    }

    context& shared_;
    const caller& who_;
    const proto::tree_put_params& params_;
    std::optional<os::tree_writer> writer_;
    std::optional<os::tree_reader> listing_;
    std::uint64_t root_changes_ = 0;
};

/// Says what is there, and its end. A failure ends the call: what was not listed would be taken for absent.
asio::awaitable<void> send_listing(call& c, os::tree_reader* from) {
    if (from != nullptr) {
        os::have_entries none;
        proto::hasher digest(proto::digest_kind::none);
        const net::tree_progress silent;
        const auto sent = co_await net::send_tree(c.io(), c.files(), *from, none, digest, listing_only, silent);
        if (!sent && sent.error().code != proto::errc::cancelled) c.io().interrupt(sent.error());
        if (!sent) co_return;
    }
    c.io().send_eof(streams.have);
}

asio::awaitable<proto::result<void>> receive_entries(call& c, tree_upload& to, const proto::tree_put_params& params,
                                                     proto::hasher& digest) {
    net::task_group beside(c.get_executor());
    if (params.have != proto::have_list::none) beside.spawn(send_listing(c, to.listing()));
    const net::tree_progress silent;
    auto received = co_await net::receive_tree(c.io(), c.files(), to.writer(), digest, streams, silent);
    beside.cancel();
    co_await beside.join();
    co_return received;
}

proto::result<void> check_digest(const std::optional<std::string>& said, const proto::digest& actual) {
    if (!said) return {};
    const auto expected = proto::digest::parse(*said);
    if (!expected) return expected.error();
    if (*expected == actual) return {};
    return proto::failure(proto::errc::digest_mismatch,
                          "what came is " + actual.to_string() + ", not " + expected->to_string());
}

proto::result<void> check_tree_put(const context& shared, const caller& who, const proto::tree_put_params& params) {
    if (const auto ok = check_patterns(params.exclude); !ok) return ok;
    if (params.delta && params.have == proto::have_list::none)
        return proto::failure::bad_field("delta", "goes with have");
    if (params.have == proto::have_list::none) return {};
    if (params.mode == proto::tree_mode::fresh)
        return proto::failure::bad_field("have", "does not go with the mode \"new\": nothing is there");
    return may_look(shared, who, "have");
}

/// Behind earlier tries of the same transfer: what they still do would come between what this one does.
asio::awaitable<proto::result<std::optional<tree_turns::turn>>> take_turn(context& shared, call& c,
                                                                          const proto::tree_put_params& params) {
    std::optional<tree_turns::turn> out;
    if (!params.resume) co_return out;
    const std::string parts[] = {c.who().key_id, *params.resume, params.into, params.path};
    std::string name;
    for (const auto& part : parts) name.append(part).push_back('\0');
    out.emplace(shared.turns.take(std::move(name), c.get_executor(), [&c] { c.cancel(cancel_reason::cancelled); }));
    const bool came = co_await c.unless_stopped(out->come());
    if (!came) co_return failure_of(c.why_cancelled());
    co_return out;
}

} // namespace

asio::awaitable<answer> tree_put(context& shared, call& c, proto::tree_put_params params) {
    if (const auto ok = check_tree_put(shared, c.who(), params); !ok) co_return ok.error();
    const auto turn = co_await take_turn(shared, c, params);
    if (!turn) co_return turn.error();
    tree_upload to(shared, c.who(), params);
    const auto open = [&to] { return to.open(); };
    auto done = co_await net::run_blocking(c.files(), open);
    proto::hasher hasher(proto::digest_kind::xxh3_128);
    if (done) done = co_await receive_entries(c, to, params, hasher);
    std::string digest;
    if (done) {
        const auto actual = hasher.finish();
        digest = actual.to_string();
        done = check_digest(c.io().call().inbound[streams.data].digest(), actual);
    }
    if (done && c.why_cancelled() != cancel_reason::none) done = failure_of(c.why_cancelled());
    proto::tree_result result;
    const auto end = [&]() -> proto::result<void> {
        auto committed = done ? to.commit() : done;
        if (to.writer() != nullptr) result = result_of(to.writer()->counts());
        to.discard();
        return committed;
    };
    done = co_await net::run_blocking(c.files(), end);
    if (!done) co_return done.error();
    result.digest = std::move(digest);
    co_return boost::json::value(result.to_json());
}

} // namespace tug::service
