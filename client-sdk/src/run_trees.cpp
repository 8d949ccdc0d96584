#include "run_trees.hpp"

#include "file_threads.hpp"
#include "local_tree.hpp"
#include "rate_limit.hpp"

#include <tug/net/task_group.hpp>
#include <tug/net/tree_streams.hpp>
#include <tug/proto/tree_messages.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

constexpr std::size_t only = 0; ///< The one stream of a direction.

proto::have_list to_wire(tree_compare by) noexcept {
    switch (by) {
    case tree_compare::nothing: return proto::have_list::none;
    case tree_compare::times: return proto::have_list::times;
    case tree_compare::digests: break;
    }
    return proto::have_list::digests;
}

proto::tree_mode to_wire(tree_mode mode) noexcept {
    switch (mode) {
    case tree_mode::merge: return proto::tree_mode::merge;
    case tree_mode::fresh: return proto::tree_mode::fresh;
    case tree_mode::replace: break;
    }
    return proto::tree_mode::replace;
}

template <class Params>
Params params_for(const tree_options::settings_type& set, std::string path) {
    Params out;
    out.path = std::move(path);
    out.remove = set.remove;
    out.have = to_wire(set.compare);
    out.exclude = set.exclude;
    out.owner = set.owner;
    out.dry_run = set.dry_run;
    if (set.compress) out.compress = proto::compression::zstd;
    if (set.timeout) out.timeout_ms = static_cast<std::uint64_t>(set.timeout->count());
    return out;
}

os::tree_read_options reading(const tree_options::settings_type& set) {
    os::tree_read_options out;
    out.exclude = proto::name_patterns(set.exclude);
    out.owner = set.owner;
    out.contents = !set.dry_run;
    out.digests = set.compare == tree_compare::digests;
    out.remove = set.remove;
    return out;
}

tree_summary summary_of(const os::tree_counts& counts) {
    tree_summary out;
    out.files = counts.files;
    out.directories = counts.directories;
    out.symlinks = counts.symlinks;
    out.bytes = counts.bytes;
    out.unchanged = counts.unchanged;
    out.removed = counts.removed;
    out.skipped = counts.skipped;
    out.changed = counts.changed;
    for (const auto& [path, why] : counts.notes) out.notes.push_back({path, why});
    return out;
}

/// What the server says of a tree, and that both saw the same bytes.
proto::result<proto::tree_result> check(const proto::result<boost::json::value>& answer, const std::string& digest) {
    if (!answer) return answer.error();
    const auto* members = answer->if_object();
    if (!members) return failure(errc::protocol_violation, "the result of a tree is no object");
    auto result = proto::tree_result::parse(*members);
    if (!result) return failure(errc::protocol_violation, "the result of a tree: " + result.error().message);
    if (result->digest != digest) return failure(errc::digest_mismatch, "other bytes came of the tree than were sent");
    return result;
}

/// What a file of this host did has an errno; what else fails on the way keeps its name.
failure of_this_side(const failure& why) {
    return why.os_error.empty() ? why : as_local(why);
}

/// Tells the progress of one tree, and keeps it to its rate.
net::tree_progress teller(const tree_options::settings_type& set, const std::uint64_t& files, std::uint64_t& bytes) {
    if (!set.progress && !set.limit_rate) return {};
    return [&set, &files, &bytes, limit = rate_limit(set.limit_rate)](std::size_t passed) mutable {
        bytes += passed;
        tree_progress now;
        now.files = files;
        now.bytes = bytes;
        if (set.progress) set.progress(now);
        return limit.pass(passed, rate_limit::clock::now());
    };
}

/// Sends the tree and its eof. False where the server has answered before.
asio::awaitable<proto::result<bool>> send(pending& p, net::blocking_pool& threads, os::tree_reader& from,
                                          os::have_entries& has, const tree_options::settings_type& set,
                                          std::string& digest) {
    proto::hasher hasher(proto::digest_kind::xxh3_128);
    std::uint64_t bytes = 0;
    const auto progress = teller(set, from.counts().files, bytes);
    std::optional<proto::packer> packer;
    if (set.compress) packer.emplace(*set.compress);
    auto sent =
        co_await net::send_tree(p.io(), threads, from, has, hasher, only, only, progress, packer ? &*packer : nullptr);
    if (p.answer()) co_return false;
    if (!sent || !*sent) co_return sent;
    digest = hasher.finish().to_string();
    p.io().send_eof(only, digest);
    co_return true;
}

} // namespace

asio::awaitable<proto::result<tree_summary>> send_local_tree(std::shared_ptr<session> s, std::string local,
                                                             std::string remote, tree_options how) {
    const auto& set = how.settings();
    auto params = params_for<proto::tree_put_params>(set, std::move(remote));
    params.into = set.into;
    params.mode = to_wire(set.mode);
    params.make_parents = set.make_parents;
    params.durable = set.durable;
    auto& threads = file_threads::of(s->executor());
    os::have_entries has;
    auto read = reading(set);
    if (set.compare != tree_compare::nothing) read.have = &has;
    const auto open = [&] { return open_local_tree(local, std::move(read)); };
    auto reader = co_await net::run_blocking(threads, open);
    if (!reader) co_return reader.error();
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    const auto& p = *begun;
    call_guard guard(s, p);
    std::string digest;
    proto::result<bool> sent = failure(errc::cancelled);
    try {
        sent = co_await send(*p, threads, *reader, has, set, digest);
    } catch (const boost::system::system_error& e) {
        // What a co_await throws in a coroutine that was cancelled.
        if (e.code() != asio::error::operation_aborted) throw;
    }
    if (!sent && sent.error().code != errc::cancelled) co_return of_this_side(sent.error());
    co_await asio::this_coro::throw_if_cancelled(false);
    proto::result<boost::json::value> answer = failure(errc::cancelled);
    if (sent) answer = co_await p->wait();
    const bool cancelled = !p->answer();
    if (cancelled) answer = co_await cancel_and_wait(s, p);
    // From the rename on a cancel comes too late: then the tree is stored, and that is the truth.
    if (cancelled && !(sent && *sent && answer)) co_return errc::cancelled;
    if (answer && !*sent) co_return failure(errc::protocol_violation, "the server stored a tree before it had all");
    const auto result = check(answer, digest);
    if (!result) co_return result.error();
    auto summary = summary_of(reader->counts());
    if (!set.dry_run) summary.removed = result->removed;
    summary.digest = std::move(digest);
    co_return summary;
}

namespace {

/// Says what is here, and its end.
asio::awaitable<void> send_listing(std::shared_ptr<pending> p, net::blocking_pool& threads, os::tree_reader* from,
                                   std::optional<failure>& failed) {
    if (from != nullptr) {
        os::have_entries none;
        proto::hasher digest(proto::digest_kind::none);
        const net::tree_progress silent;
        const auto sent = co_await net::send_tree(p->io(), threads, *from, none, digest, only, only, silent);
        if (!sent && !p->answer() && sent.error().code != errc::cancelled) failed = as_local(sent.error());
        if (failed) p->io().interrupt(*failed);
        if (!sent || !*sent) co_return;
    }
    if (!p->answer()) p->io().send_eof(only);
}

/// Takes the tree in, to its answer.
asio::awaitable<proto::result<proto::tree_result>> receive(std::shared_ptr<session> s, local_place& to,
                                                           proto::tree_get_params params,
                                                           const tree_options::settings_type& set) {
    auto& threads = file_threads::of(s->executor());
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    const auto p = *begun;
    call_guard guard(s, p);
    net::task_group beside(s->executor());
    std::optional<failure> listing_failed;
    if (params.have != proto::have_list::none)
        beside.spawn(send_listing(p, threads, to.listing ? &*to.listing : nullptr, listing_failed));
    proto::hasher hasher(proto::digest_kind::xxh3_128);
    auto* writer = to.writer ? &*to.writer : nullptr;
    const std::uint64_t none = 0;
    std::uint64_t bytes = 0;
    const auto progress = teller(set, writer != nullptr ? writer->counts().files : none, bytes);
    proto::result<void> received;
    proto::result<boost::json::value> answer = failure(errc::cancelled);
    std::exception_ptr thrown; // the listing must not outlive this
    bool told = false;
    try {
        received = co_await net::receive_tree(p->io(), threads, writer, hasher, only, progress);
        // Where the answer ended the stream, it says why.
        told = p->answer() && !p->answer()->has_value();
        if (received || told) answer = co_await p->wait();
    } catch (...) {
        thrown = std::current_exception();
    }
    beside.cancel();
    co_await beside.join();
    if (thrown) std::rethrow_exception(thrown);
    if (listing_failed) co_return *listing_failed;
    if (!received && !told) co_return of_this_side(received.error());
    co_return check(answer, hasher.finish().to_string());
}

} // namespace

asio::awaitable<proto::result<tree_summary>> fetch_tree(std::shared_ptr<session> s, std::string remote,
                                                        std::string local, tree_options how) {
    const auto& set = how.settings();
    if (set.compare != tree_compare::nothing && set.mode != tree_mode::merge)
        co_return failure::bad_field("compare", "goes with tree_mode::merge alone: all of a new tree is sent");
    auto& threads = file_threads::of(s->executor());
    local_place to;
    const auto open = [&] { return open_local_place(to, local, set); };
    const auto opened = co_await net::run_blocking(threads, open);
    if (!opened) co_return opened.error();
    auto params = params_for<proto::tree_get_params>(set, std::move(remote));
    params.level = set.compress.value_or(proto::default_level);
    proto::result<proto::tree_result> result = failure(errc::cancelled);
    std::exception_ptr thrown;
    try {
        result = co_await receive(s, to, std::move(params), set);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    tree_summary summary;
    const auto end = [&]() -> proto::result<void> {
        auto committed = proto::result<void>();
        if (result && to.writer) committed = to.writer->commit();
        if (to.writer) summary = summary_of(to.writer->counts());
        to.writer.reset();
        return committed;
    };
    const auto committed = co_await net::run_blocking(threads, end);
    if (thrown) std::rethrow_exception(thrown);
    if (!result) co_return result.error();
    if (!committed) co_return of_this_side(committed.error());
    if (set.dry_run) {
        summary.files = result->files;
        summary.directories = result->directories;
        summary.symlinks = result->symlinks;
        summary.bytes = result->bytes;
        summary.removed = result->removed;
        summary.skipped = result->skipped;
    }
    summary.unchanged = result->unchanged;
    summary.changed = result->changed;
    summary.digest = std::move(result->digest);
    co_return summary;
}

} // namespace tug::detail
