#include "run_trees.hpp"

#include "file_threads.hpp"
#include "local_tree.hpp"
#include "tree_calls.hpp"

#include <tug/net/task_group.hpp>
#include <tug/net/tree_streams.hpp>

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

constexpr net::tree_stream_ids listing_only{tree_streams.have};

/// Says what is here, and its end.
asio::awaitable<void> send_listing(std::shared_ptr<pending> p, net::blocking_pool& threads, os::tree_reader* from,
                                   std::optional<failure>& failed) {
    if (from != nullptr) {
        os::have_entries none;
        proto::hasher digest(proto::digest_kind::none);
        const net::tree_progress silent;
        const auto sent = co_await net::send_tree(p->io(), threads, *from, none, digest, listing_only, silent);
        if (!sent && !p->answer() && sent.error().code != errc::cancelled) failed = as_local(sent.error());
        if (failed) p->io().interrupt(*failed);
        if (!sent || !*sent) co_return;
    }
    if (!p->answer()) p->io().send_eof(tree_streams.have);
}

/// Takes the tree in, to its answer.
asio::awaitable<proto::result<proto::tree_result>> receive(std::shared_ptr<session> s, local_place& to,
                                                           proto::tree_get_params params,
                                                           const tree_options::settings_type& set) {
    auto& threads = file_threads::of(s->executor());
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    const auto& p = *begun;
    call_guard guard(s, p);
    net::task_group beside(s->executor());
    std::optional<failure> listing_failed;
    if (params.have != proto::have_list::none)
        beside.spawn(send_listing(p, threads, to.listing ? &*to.listing : nullptr, listing_failed));
    proto::hasher hasher(proto::digest_kind::xxh3_128);
    auto* writer = to.writer ? &*to.writer : nullptr;
    if (writer != nullptr && !set.limit_rate) p->io().widen(tree_streams.data);
    const auto look = [writer] { return writer == nullptr ? amounts() : amounts(writer->passed(), writer->total()); };
    auto* changes = to.changes ? &*to.changes : nullptr;
    const auto progress = teller(set, look, [changes] { return changes->take(); });
    proto::result<void> received;
    proto::result<boost::json::value> answer = failure(errc::cancelled);
    std::exception_ptr thrown; // the listing must not outlive this
    bool told = false;
    try {
        received = co_await net::receive_tree(p->io(), threads, writer, hasher, tree_streams, progress, changes);
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
    co_return check_tree(answer, hasher.finish().to_string());
}

asio::awaitable<proto::result<tree_summary>> fetch_once(std::shared_ptr<session> s, std::string remote,
                                                        const std::string& local,
                                                        const tree_options::settings_type& set) {
    auto& threads = file_threads::of(s->executor());
    local_place to;
    const auto open = [&] { return open_local_place(to, local, set); };
    const auto opened = co_await net::run_blocking(threads, open);
    if (!opened) co_return opened.error();
    auto params = params_for<proto::tree_get_params>(set, std::move(remote));
    params.level = set.compress.value_or(proto::default_level);
    params.progress = static_cast<bool>(set.progress) && to.writer;
    params.whole = set.mode == tree_mode::replace && set.compare != tree_compare::nothing;
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
        summary.skipped = result->skipped;
        summary.patched = result->patched;
    }
    if (set.dry_run || set.mode == tree_mode::replace) summary.removed = result->removed;
    summary.unchanged = result->unchanged;
    summary.changed = result->changed;
    summary.digest = std::move(result->digest);
    co_return summary;
}

} // namespace

asio::awaitable<proto::result<tree_summary>> fetch_tree(std::shared_ptr<session> s, std::string remote,
                                                        std::string local, tree_options how) {
    const auto& set = how.settings();
    if (set.compare != tree_compare::nothing && set.mode == tree_mode::fresh)
        co_return failure::bad_field("compare", "does not go with tree_mode::fresh: nothing is there");
    if (auto ok = check_tree_options(set); !ok) co_return ok.error();
    auto summary = co_await fetch_once(s, remote, local, set);
    if (!is_untrue_delta(summary, set)) co_return summary;
    how.delta(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_return co_await fetch_once(s, remote, local, set);
}

} // namespace tug::detail
